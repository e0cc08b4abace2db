//! The error of saving a change.

use hetu_chain::text::ForeignError;

/// A change that could not be saved and so was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change cannot be saved, so it was not made: {reason}")]
pub(crate) struct UnsavedChange {
    #[source]
    pub(crate) reason: ForeignError,
}
