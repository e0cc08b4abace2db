//! What keeps the chain beyond the life of the process.

use std::fmt::Debug;

use hetu_chain::text::ForeignError;

use super::time::ChainTime;
use super::view::View;

/// Keeps every change of a chain.
pub(crate) trait Persistence: Debug + Send {
    /// Makes `change` durable, all of it or nothing. Nobody sees a change before this returns.
    fn save(&mut self, change: &Change<'_>) -> Result<(), Unsaved>;
}

/// What the chain was when it was saved last, and what it is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'chain> {
    pub(crate) before: &'chain View,
    pub(crate) now: &'chain View,
    pub(crate) time: ChainTime,
    /// The first block to keep. `now` may begin earlier.
    pub(crate) oldest: u64,
}

/// A change that could not be saved and so was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change cannot be saved, so it was not made: {reason}")]
pub(crate) struct Unsaved {
    #[source]
    pub(crate) reason: ForeignError,
}
