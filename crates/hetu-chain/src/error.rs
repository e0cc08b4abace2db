//! The classification of errors by whether a retry can help.

/// The classification of an error for retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retryability {
    /// An error after which the same call may succeed later: the cause is load, the network or
    /// timing.
    Retryable,
    /// An error that repeats until the input of the call, or the state that it depends on, changes.
    Final,
}

/// An error, or a reason for one, that is classified for retries.
///
/// Implemented by every error type of the workspace that a caller may want to retry.
///
/// # Examples
///
/// ```
/// use hetu_chain::{Retryability, Retryable};
///
/// fn is_worth_a_retry(error: &impl Retryable) -> bool {
///     error.retryability().is_retryable()
/// }
/// # struct Busy;
/// # impl Retryable for Busy {
/// #     fn retryability(&self) -> Retryability {
/// #         Retryability::Retryable
/// #     }
/// # }
/// # assert!(is_worth_a_retry(&Busy));
/// ```
pub trait Retryable {
    /// Returns whether the same call can succeed later, without harm.
    fn retryability(&self) -> Retryability;
}

impl Retryability {
    /// Returns `true` for [`Retryability::Retryable`].
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Retryable)
    }
}
