//! The guard against replays: it accepts signatures within the window, after the start, and only
//! once.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::Clock;

use super::limits::{ReplayLimits, UnsafeReplayLimits};
use super::memory::ReplayMemory;
use super::store::{ReplayOutcome, ReplayStore, SignatureUse};
use crate::{AcceptanceWindow, AccountId, Nonce, Reason, Refusal, RegisteredAccounts};

/// A guard that remembers used signatures, so that each is accepted once.
///
/// It is a set, not a counter: requests may overtake each other. A used signature is never
/// forgotten early. If memory runs short, the guard refuses new requests instead. An account may
/// use as much as is still free, so one account takes at most half, and two take a third each. An
/// account that has used its share gets [`Reason::RateLimited`]. The other ones get
/// [`Reason::Overloaded`] once the memory is full.
///
/// Without a [`ReplayStore`] the memory is lost with the process, so the guard refuses signatures
/// that were made before its start. `created` counts whole seconds, so the guard accepts no request
/// until the second of its start is over: see [`ReplayGuard::opens_in`]. If the clock of a signer
/// is ahead, its signatures have later times. Such a signature from before a restart can be accepted
/// a second time until the local clock has reached its time.
#[derive(Debug)]
pub struct ReplayGuard {
    window: AcceptanceWindow,
    retention: u64,
    /// The first `created` that is accepted.
    floor: u64,
    clock: Arc<dyn Clock>,
    uses: UseMemory,
}

#[derive(Debug)]
enum UseMemory {
    InProcess(ReplayMemory),
    Outside(Arc<dyn ReplayStore>),
}

impl ReplayGuard {
    /// Creates a guard for signatures that are accepted in `window`, with its own empty memory.
    ///
    /// # Errors
    /// [`UnsafeReplayLimits`] if signatures would be forgotten while they are still acceptable, or
    /// if the memory has no room.
    pub fn new(
        window: AcceptanceWindow,
        limits: ReplayLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnsafeReplayLimits> {
        let retention = limits.retention.unwrap_or(window.span());
        if limits.capacity == 0 || limits.principals == 0 {
            return Err(UnsafeReplayLimits::NoRoom);
        }
        let memory = ReplayMemory::new(limits, retention.as_secs());
        Self::guarding(window, retention, false, clock, UseMemory::InProcess(memory))
    }

    /// Creates a guard for signatures that are accepted in `window`, with a memory that other
    /// processes share or that existed before.
    ///
    /// # Errors
    /// [`UnsafeReplayLimits`] if the store forgets signatures while they are still acceptable.
    pub fn with_store(
        window: AcceptanceWindow,
        store: Arc<dyn ReplayStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnsafeReplayLimits> {
        let (retention, outlives) = (store.retention(), store.outlives_process());
        Self::guarding(window, retention, outlives, clock, UseMemory::Outside(store))
    }

    fn guarding(
        window: AcceptanceWindow,
        retention: Duration,
        outlives_process: bool,
        clock: Arc<dyn Clock>,
        uses: UseMemory,
    ) -> Result<Self, UnsafeReplayLimits> {
        if retention < window.span() {
            return Err(UnsafeReplayLimits::Retention { given: retention, needed: window.span() });
        }
        let started = clock.unix_time();
        let next_second = started.as_secs() + u64::from(started.subsec_nanos() > 0);
        let floor = if outlives_process { 0 } else { next_second };
        Ok(Self { window, retention: retention.as_secs(), floor, clock, uses })
    }

    /// Reserves half of the memory in this process for these accounts. A store outside of the
    /// process bounds each account itself.
    #[must_use]
    pub fn with_reserve_for(mut self, accounts: RegisteredAccounts) -> Self {
        if let UseMemory::InProcess(memory) = &mut self.uses {
            memory.reserve_for(accounts);
        }
        self
    }

    /// Returns the window in which the guard distinguishes used signatures from new ones.
    pub const fn window(&self) -> AcceptanceWindow {
        self.window
    }

    /// Returns the time until requests that are signed now are accepted: at most one second after
    /// the start of the guard, and zero from then on.
    pub fn opens_in(&self) -> Duration {
        Duration::from_secs(self.floor).saturating_sub(self.clock.unix_time())
    }

    /// Returns the number of signatures that are remembered in this process.
    pub fn len(&self) -> usize {
        match &self.uses {
            UseMemory::InProcess(memory) => memory.len(),
            UseMemory::Outside(_) => 0,
        }
    }

    /// Returns `true` if no signature is remembered in this process.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Records that `account` used `nonce`, unless it did before. Of several concurrent calls with
    /// the same pair, exactly one succeeds. It must be called only after the signature is verified.
    ///
    /// # Errors
    /// A [`Refusal`] for a used nonce, a signature from before the start, one that cannot be
    /// remembered long enough, or if the memory is full or the store does not answer.
    pub(crate) async fn consume(
        &self,
        account: AccountId,
        nonce: &Nonce,
        created: u64,
        expires: u64,
    ) -> Result<(), Refusal> {
        let last_second = self.window.last_second(expires);
        let now = self.check_window(created, expires)?;
        if last_second.saturating_sub(now) > self.retention {
            return Err(Refusal::new(
                Reason::RequestValidityTooLong,
                "the signature is valid for longer than it can be remembered here",
            ));
        }
        if created < self.floor {
            return Err(predates_start());
        }
        match &self.uses {
            UseMemory::InProcess(memory) => memory.remember(account, nonce, last_second, now),
            UseMemory::Outside(store) => {
                let used = SignatureUse::new(account, nonce.clone(), created, last_second);
                remember_outside(&**store, &used).await
            }
        }
    }
}

impl ReplayGuard {
    /// Checks that a signature with these times is acceptable now, and returns the current time.
    /// The verifier has checked it before, but the content may have taken long to arrive.
    pub(crate) fn check_window(&self, created: u64, expires: u64) -> Result<u64, Refusal> {
        let now = self.clock.unix_seconds();
        self.window.check(created, expires, now)?;
        Ok(now)
    }
}

fn predates_start() -> Refusal {
    Refusal::new(
        Reason::RequestPredatesStart,
        "the request was signed before this miner, or its memory, started: sign it anew",
    )
}

async fn remember_outside(store: &dyn ReplayStore, used: &SignatureUse) -> Result<(), Refusal> {
    match store.remember(used).await {
        Ok(ReplayOutcome::New) => Ok(()),
        Ok(ReplayOutcome::Used) => {
            Err(Refusal::new(Reason::NonceReused, "the nonce was used before"))
        }
        Ok(ReplayOutcome::Forgotten) => Err(predates_start()),
        Ok(ReplayOutcome::NoRoom { retry_after }) => {
            let detail = "too many requests of this account are remembered";
            Err(Refusal::new(Reason::RateLimited, detail).with_retry_after(retry_after))
        }
        // The cause concerns only the operator of the store.
        Err(error) => Err(Refusal::new(
            Reason::SignatureVerificationUnavailable,
            "it is not known for now whether the nonce was used before",
        )
        .with_retry_after(error.retry_after)),
    }
}
