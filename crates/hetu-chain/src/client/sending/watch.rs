//! Waiting until a transaction is confirmed.

use std::time::Duration;

use tokio::time::Instant;

use super::flight::Flight;
use super::node_view::{confirmations, pending_count};
use super::options::SendOptions;
use super::sender::Sender;
use super::sighting::{Included, Sighting};
use crate::client::error::ChainError;
use crate::resilience::Backoff;
use crate::text::ForeignError;

const PAUSES: Backoff = Backoff::between(Duration::from_millis(5), Duration::from_secs(1));
/// The delays between checks of whether the node still has the transaction.
const CHECKS: Backoff = Backoff::between(Duration::from_millis(250), Duration::from_secs(15));
/// The longest wait for a missing nonce. Another program may be about to send it, and some nodes
/// count the transactions in their pool late.
const GAP_LIMIT: Duration = Duration::from_secs(10);

impl Flight {
    /// Waits until the transaction has enough confirmations. A reorganisation that drops it
    /// restarts the wait. A node that lost it receives the same bytes again.
    ///
    /// Read failures do not end the wait, because the transaction stays sent.
    pub(super) async fn wait_until_included(
        &mut self,
        sender: &Sender,
        options: &SendOptions,
    ) -> Result<Included, ChainError> {
        self.held.hold_again();
        let mut watch = InclusionWatch::new(options);
        loop {
            match self.sight(sender).await {
                Ok(Sighting::Included(included)) => {
                    watch.note_included();
                    if included.confirmations >= watch.needed {
                        self.settle(sender.journal.as_ref(), Some(included.signed.hash)).await;
                        return Ok(*included);
                    }
                }
                Ok(Sighting::NonceUsed { .. }) if self.was_included => {
                    watch.problem =
                        Some("the journal says it was included; the node has no receipt".into());
                }
                Ok(Sighting::NonceUsed { head }) => {
                    if watch.note_nonce_used(head) {
                        self.settle(sender.journal.as_ref(), None).await;
                        let (transaction, nonce) = (self.attempts.original_hash(), self.nonce);
                        return Err(ChainError::Replaced { transaction, nonce });
                    }
                }
                Ok(Sighting::Waiting) => {
                    watch.note_waiting(self);
                    if watch.take_due_check() {
                        watch.problem = sender.give_again(self).await.err();
                        watch.note_gap(self.missing_nonce(sender).await);
                        if watch.has_lasting_gap() {
                            return Err(watch.given_up(self, options));
                        }
                    }
                }
                Err(error) => watch.problem = Some(ForeignError::new(error)),
            }
            if !watch.pause().await {
                return Err(watch.given_up(self, options));
            }
        }
    }

    /// Returns the nonce that the transaction waits for, or `None` if the node or the journal knows
    /// a transaction with it.
    async fn missing_nonce(&self, sender: &Sender) -> Option<u64> {
        let pending = pending_count(&sender.reader, sender.account).await.ok()?;
        let journaled = sender.journal.as_ref().map(|journal| journal.waiting_nonces());
        let is_ours = journaled.is_some_and(|nonces| nonces.contains(&pending))
            || sender.lane.is_held(pending);
        (pending < self.nonce && !is_ours).then_some(pending)
    }
}

/// The waiting time of one transaction, and the observations made meanwhile.
struct InclusionWatch {
    needed: u64,
    started: Instant,
    limit: Duration,
    pauses: Backoff,
    check_at: Instant,
    checks: Backoff,
    /// `true` if a block included the transaction at the last check.
    included: bool,
    /// The height at which another transaction was first seen with the nonce.
    lost_at: Option<u64>,
    problem: Option<ForeignError>,
    /// The earlier nonce that no transaction has, and the time of its first observation.
    gap: Option<(u64, Instant)>,
}

impl InclusionWatch {
    fn new(options: &SendOptions) -> Self {
        let started = Instant::now();
        let mut checks = CHECKS;
        Self {
            needed: options.confirmations.max(1),
            started,
            limit: options.deadline,
            pauses: PAUSES,
            check_at: started + checks.next_delay(),
            checks,
            included: false,
            lost_at: None,
            problem: None,
            gap: None,
        }
    }

    fn note_gap(&mut self, missing: Option<u64>) {
        self.gap = missing.map(|missing| match self.gap {
            Some((known, since)) if known == missing => (missing, since),
            _ => (missing, Instant::now()),
        });
    }

    fn has_lasting_gap(&self) -> bool {
        self.gap.is_some_and(|(_, since)| since.elapsed() >= GAP_LIMIT)
    }

    /// Returns the error that ends the wait, and releases the nonce.
    fn given_up(self, flight: &mut Flight, options: &SendOptions) -> ChainError {
        flight.held.release();
        let (transaction, nonce) = (flight.attempts.newest_hash(), flight.nonce);
        match self.gap {
            Some((missing, _)) => ChainError::NonceGap { transaction, nonce, missing },
            None => ChainError::Unconfirmed {
                transaction,
                nonce,
                waited: options.deadline,
                reason: self.problem,
            },
        }
    }

    fn note_included(&mut self) {
        self.included = true;
        self.lost_at = None;
        self.problem = None;
    }

    fn note_waiting(&mut self, flight: &Flight) {
        self.lost_at = None;
        if std::mem::take(&mut self.included) {
            tracing::info!(transaction = %flight.attempts.newest_hash(), "a reorganisation dropped it");
            self.check_at = Instant::now();
        }
    }

    /// Notes that another transaction has the nonce. Returns `true` if this is final: it was seen
    /// twice, and is as deep as the transaction itself has to be.
    fn note_nonce_used(&mut self, head: u64) -> bool {
        match self.lost_at {
            Some(since) => confirmations(head, since) >= self.needed,
            None => {
                self.lost_at = Some(head);
                false
            }
        }
    }

    /// Returns `true` if the node is to be asked whether it still has the transaction, and
    /// schedules the next check.
    fn take_due_check(&mut self) -> bool {
        let now = Instant::now();
        if now < self.check_at {
            return false;
        }
        self.check_at = now + self.checks.next_delay();
        true
    }

    /// Waits until the next check is due. Returns `false` after the deadline.
    async fn pause(&mut self) -> bool {
        let left = self.limit.saturating_sub(self.started.elapsed());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.pauses.next_delay().min(left)).await;
        true
    }
}
