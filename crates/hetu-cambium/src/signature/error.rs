//! Errors of signature bases.

/// A reason why a message has no signature base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseError {
    /// A covered field, member of a field or parameter of the query that is missing in the message.
    #[error("a covered field is missing from the message")]
    MissingField,
    /// A covered parameter of the query that occurs more than once.
    #[error("a covered parameter of the query occurs more than once")]
    RepeatedParameter,
    /// A covered component that does not exist in this kind of message, such as `@status` in a
    /// request.
    #[error("a covered component does not exist in this kind of message")]
    Inapplicable,
    /// A field that is covered as a structured one and is not structured.
    #[error("a field that is covered as a structured one is none")]
    NotStructured,
    /// A covered component with a character that is not printable ASCII.
    #[error("a covered component is not printable ASCII")]
    NotAscii,
    /// A signature base that is longer than any peer reads.
    #[error("the signature base has more than 65536 bytes")]
    TooLong,
}
