//! Errors of the fields that hold a signature.

/// An error of the signature fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldsError {
    Missing,
    Malformed,
    /// A field that is too long, or has more than one member.
    TooLarge,
    /// A signature of a kind that is not read here.
    OtherKind,
}

/// An error of a signature member of a known kind that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberError {
    Uncorrelated,
    TooLarge,
    Malformed,
}
