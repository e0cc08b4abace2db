//! What every error of the SDK can tell its caller.

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retryability {
    /// The same call may succeed later: the cause is load, the network or timing.
    Retryable,
    /// The same call fails again until its input or the state it depends on changes.
    Final,
}

/// An error, or a reason for one, that says whether trying again can help.
///
/// Implemented by every error type of the workspace that a caller may want to retry by.
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
    /// True for [`Retryability::Retryable`].
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Retryable)
    }
}
