//! The interface between choosing a miner and asking it.

use std::future::Future;
use std::time::Duration;

use crate::{Answer, QueryError, ReplyShare, Target};

/// A call that can be made to any miner, any number of times.
///
/// Selection, retries and hedging access miners only through this trait. A client makes signed
/// calls over the network; the test kit makes them to fake miners in the process.
pub trait Attempt: Send + Sync {
    /// The reply of a miner.
    type Reply: Send;

    /// Asks `target` once, with a nonce and a signature of its own, and takes no longer than
    /// `limit`.
    ///
    /// Cancel safety: dropping the future cancels the attempt; the miner may have done the work.
    ///
    /// # Errors
    /// [`QueryError`]. Its [class](QueryError::class) decides the next step.
    fn attempt(
        &self,
        target: &Target,
        limit: Duration,
    ) -> impl Future<Output = Result<Answer<Self::Reply>, QueryError>> + Send;

    /// As [`attempt`](Self::attempt), for a reply that shares a budget of bytes with others. An
    /// implementation [charges](ReplyShare::charge) the bytes that it receives to `share` before it
    /// keeps them. The default implementation charges none.
    ///
    /// Cancel safety: as [`attempt`](Self::attempt).
    ///
    /// # Errors
    /// [`QueryError`].
    fn attempt_within(
        &self,
        target: &Target,
        limit: Duration,
        share: ReplyShare,
    ) -> impl Future<Output = Result<Answer<Self::Reply>, QueryError>> + Send {
        drop(share);
        self.attempt(target, limit)
    }
}
