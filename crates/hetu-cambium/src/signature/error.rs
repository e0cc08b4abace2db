//! What keeps a message from being signed.

/// Why a message has no signature base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseError {
    /// A covered field is not in the message.
    #[error("a covered field is missing from the message")]
    MissingField,
    /// A covered component does not exist in this kind of message, such as `@status` in a request.
    #[error("a covered component does not exist in this kind of message")]
    Inapplicable,
    /// A covered component has a character that is not printable ASCII.
    #[error("a covered component is not printable ASCII")]
    NotAscii,
}
