//! Errors of the fields that hold a signature.

/// An error of the signature fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldsError {
    Missing,
    Malformed,
    /// A field is too long, or has more than one member.
    TooLarge,
    /// The signature is of a kind that is not read here.
    OtherKind,
}

/// An error of a signature member that cannot be used although it is of a kind that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberError {
    Uncorrelated,
    TooLarge,
    Malformed,
}
