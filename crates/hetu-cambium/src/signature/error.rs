//! What keeps a message from being signed.

/// Why a message has no signature base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseError {
    /// A covered field, member of a field or parameter of the query is not in the message.
    #[error("a covered field is missing from the message")]
    MissingField,
    /// A covered parameter of the query occurs more than once.
    #[error("a covered parameter of the query occurs more than once")]
    RepeatedParameter,
    /// A covered component does not exist in this kind of message, such as `@status` in a request.
    #[error("a covered component does not exist in this kind of message")]
    Inapplicable,
    /// A field that is covered as a structured one is none.
    #[error("a field that is covered as a structured one is none")]
    NotStructured,
    /// A covered component has a character that is not printable ASCII.
    #[error("a covered component is not printable ASCII")]
    NotAscii,
    /// The signature base is longer than any peer reads.
    #[error("the signature base has more than 65536 bytes")]
    TooLong,
}
