//! The attempts of one call.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::complaint::Complaint;
use super::endpoint::RpcEndpoint;
use super::pool::EndpointPool;
use super::{RpcError, RpcFailure};
use crate::Retryable;
use crate::network::RpcUrl;
use crate::resilience::Backoff;

const ATTEMPTS: u32 = 4;
/// The first pause doubles with each of the few attempts.
const PAUSES: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_millis(400));
/// The longest wait of a call for a set-aside endpoint. Longer outages are returned as errors at
/// once.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The attempts of one call: each at the endpoint that is best at that time, all within one
/// deadline.
pub(super) struct CallAttempts<'pool> {
    pool: &'pool EndpointPool,
    method: &'static str,
    call_limit: Duration,
    attempt_limit: Duration,
    deadline: Instant,
    left: u32,
    pauses: Backoff,
    is_pause_due: bool,
    tried: Vec<RpcUrl>,
    last_failure: Option<RpcError>,
}

impl<'pool> CallAttempts<'pool> {
    pub(super) fn new(pool: &'pool EndpointPool, method: &'static str) -> Self {
        pool.note_call();
        Self {
            pool,
            method,
            call_limit: pool.call_limit(),
            attempt_limit: pool.attempt_limit(),
            deadline: Instant::now() + pool.call_limit(),
            left: ATTEMPTS,
            pauses: PAUSES,
            is_pause_due: false,
            tried: Vec::new(),
            last_failure: None,
        }
    }

    /// Returns the time limit of the next attempt.
    pub(super) fn limit(&self) -> Duration {
        self.attempt_limit.min(self.remaining())
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns the endpoint of the next attempt: after a pause if it was tried before, and after
    /// its probe if all endpoints are set aside.
    pub(super) async fn next_endpoint(&mut self) -> Result<Arc<RpcEndpoint>, RpcError> {
        if std::mem::take(&mut self.is_pause_due) {
            sleep(self.pauses.next_delay().min(self.remaining())).await;
        }
        while !self.remaining().is_zero() {
            let mut probes = self.pool.probes();
            let next_probe = self.pool.probe_due_endpoints();
            if let Some(endpoint) = self.pool.choose(&self.tried) {
                return Ok(Arc::clone(endpoint));
            }
            let longest = Instant::now() + LONGEST_WAIT;
            if self.left == 0 || next_probe.is_some_and(|due| due > longest) {
                break;
            }
            let wakes_at = next_probe.unwrap_or(self.deadline).min(self.deadline);
            if timeout_at(wakes_at, probes.changed()).await.is_ok() {
                self.left -= 1;
            }
        }
        Err(self.given_up())
    }

    /// Returns the outcome if it is final. Otherwise the call tries another endpoint, or the same
    /// one again.
    pub(super) fn settle<T>(
        &mut self,
        endpoint: &RpcEndpoint,
        outcome: Result<T, RpcFailure>,
    ) -> Option<Result<T, RpcFailure>> {
        let Err(failure) = &outcome else {
            return Some(outcome);
        };
        self.left = self.left.saturating_sub(1);
        self.tried.push(endpoint.url.clone());
        let has_another = self.pool.has_another(&self.tried);
        let is_worth_it = match reaction(failure) {
            Reaction::Repeat => true,
            Reaction::AskAnother => has_another,
            Reaction::Return => false,
        };
        if !is_worth_it || self.left == 0 || self.remaining().is_zero() {
            return Some(outcome);
        }
        if !self.pool.may_repeat() {
            tracing::warn!(method = self.method, "too many calls fail: not repeating this one");
            return Some(outcome);
        }
        let error = RpcError::from(failure.clone());
        tracing::debug!(%error, "repeating a read");
        self.is_pause_due = !has_another;
        self.last_failure = Some(error);
        None
    }

    /// Returns the failure of the last attempt, or the reason for which the call could not be sent.
    fn given_up(&self) -> RpcError {
        let not_sent = |last_failure| RpcError::NoHealthyEndpoint {
            method: self.method,
            last_failure: Box::new(last_failure),
        };
        let own = self.last_failure.clone();
        let elsewhere = || self.pool.last_failure().map(not_sent);
        own.or_else(elsewhere)
            .unwrap_or_else(|| self.pool.out_of_time(self.method, self.call_limit))
    }
}

enum Reaction {
    Repeat,
    AskAnother,
    Return,
}

fn reaction(failure: &RpcFailure) -> Reaction {
    match failure {
        RpcFailure::Failed(error) if error.retryability().is_retryable() => Reaction::Repeat,
        RpcFailure::Failed(RpcError::TooLarge { .. }) => Reaction::Return,
        RpcFailure::Failed(_) => Reaction::AskAnother,
        RpcFailure::Answered { error, .. } if error.is_by_gateway() => Reaction::Repeat,
        RpcFailure::Answered { error, .. } => match error.complaint() {
            Complaint::Internal | Complaint::Credential => Reaction::AskAnother,
            _ => Reaction::Return,
        },
    }
}
