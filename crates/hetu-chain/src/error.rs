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

impl Retryability {
    /// True for [`Retryability::Retryable`].
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Retryable)
    }
}
