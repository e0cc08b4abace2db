//! Error of the storage of a change.

use hetu_chain::text::ForeignError;

/// Error of a change that could not be saved and was not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change cannot be saved, so it was not made: {reason}")]
pub(crate) struct UnsavedChange {
    #[source]
    pub(crate) reason: ForeignError,
}
