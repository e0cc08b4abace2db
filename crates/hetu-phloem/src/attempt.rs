//! The seam between choosing a miner and asking it.

use std::future::Future;
use std::time::Duration;

use hetu_cambium::{Service, TraceContext};

use crate::exchange::{Exchanger, Terms};
use crate::{Answer, QueryError, ReplyShare, Target};

/// A call that can be made to any miner, as often as need be.
///
/// Selection, retries and hedging know miners through this alone. A client makes signed calls
/// over the network; the test kit makes them to fake miners in the process.
pub trait Attempt: Send + Sync {
    /// What a miner answers.
    type Reply: Send;

    /// Asks `target` once, with a nonce and a signature of its own, and takes no longer than
    /// `limit`.
    ///
    /// Cancel safety: dropping the future gives the attempt up; the miner may have done the work.
    ///
    /// # Errors
    /// [`QueryError`], whose [class](QueryError::class) decides what comes next.
    fn attempt(
        &self,
        target: &Target,
        limit: Duration,
    ) -> impl Future<Output = Result<Answer<Self::Reply>, QueryError>> + Send;

    /// As [`attempt`](Self::attempt), for a reply that shares a budget of bytes with others. An
    /// implementation [charges](ReplyShare::charge) what it receives to `share` before it keeps it;
    /// without one of its own nothing is charged.
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

/// A signed call over the network.
#[derive(Debug)]
pub(crate) struct SignedCall<'a, S: Service> {
    pub(crate) exchanger: &'a Exchanger,
    pub(crate) request: &'a S::Request,
    pub(crate) trace: TraceContext,
    pub(crate) only_if_undone: bool,
}

impl<S: Service> SignedCall<'_, S> {
    const fn terms<'a>(&self, share: Option<&'a ReplyShare>) -> Terms<'a> {
        Terms { share, only_if_undone: self.only_if_undone, ..Terms::of(self.trace) }
    }
}

impl<S: Service> Attempt for SignedCall<'_, S>
where
    S::Request: Sync,
{
    type Reply = S::Reply;

    async fn attempt(
        &self,
        target: &Target,
        limit: Duration,
    ) -> Result<Answer<S::Reply>, QueryError> {
        self.exchanger.exchange::<S>(target, self.request, limit, self.terms(None)).await
    }

    async fn attempt_within(
        &self,
        target: &Target,
        limit: Duration,
        share: ReplyShare,
    ) -> Result<Answer<S::Reply>, QueryError> {
        self.exchanger.exchange::<S>(target, self.request, limit, self.terms(Some(&share))).await
    }
}
