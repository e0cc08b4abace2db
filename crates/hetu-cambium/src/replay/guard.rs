//! The memory of used signatures, bounded and shared by all threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hetu_chain::{Clock, Retryability};

use super::seen::{Seen, UseKey};
use crate::{AcceptanceWindow, AccountId, Nonce, Reason, Refusal};

/// How much a [`ReplayGuard`] remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayLimits {
    /// How long after its creation a signature can still be told from a new one. At least the
    /// [`span`](AcceptanceWindow::span) of the window; the span itself if not set.
    pub retention: Option<Duration>,
    /// How many signatures are remembered at most. One takes 25 to 50 bytes.
    pub capacity: usize,
    /// How many accounts can have remembered signatures at the same time.
    pub principals: usize,
}

impl Default for ReplayLimits {
    /// 2^20 signatures of 2^16 accounts: about 11,000 requests a second with signatures that are
    /// valid for 60 seconds, in less than 64 MiB.
    fn default() -> Self {
        Self { retention: None, capacity: 1 << 20, principals: 1 << 16 }
    }
}

impl ReplayLimits {
    /// Remembers for `retention`.
    #[must_use]
    pub const fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Remembers up to `capacity` signatures.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Remembers signatures of up to `principals` accounts.
    #[must_use]
    pub const fn with_principals(mut self, principals: usize) -> Self {
        self.principals = principals;
        self
    }
}

/// Remembers which signatures were used, so that each is accepted once.
///
/// It is a set, not a counter: requests may overtake each other. Nothing is ever forgotten early.
/// When memory runs short, new requests are refused instead, and fairly: an account may use as
/// much as is still free, so one account takes at most half, two take a third each, and
/// [`Reason::RateLimited`] tells those who have had their share; [`Reason::Overloaded`] tells the
/// others once nothing is left.
///
/// The memory does not outlive the process, so whatever was signed before the guard was made is
/// refused. `created` counts whole seconds, therefore the guard takes nothing until the second
/// in which it was made is over: see [`ReplayGuard::opens_in`]. A signer whose clock runs ahead
/// signs for the future; what it signed before a restart passes once more until our clock has
/// caught up with its.
#[derive(Debug)]
pub struct ReplayGuard {
    window: AcceptanceWindow,
    limits: ReplayLimits,
    retention: u64,
    /// The first `created` that is accepted.
    floor: u64,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

impl ReplayGuard {
    /// A guard for signatures that are accepted in `window`, empty as of now.
    ///
    /// # Errors
    /// [`UnsafeReplayLimits`] if signatures would be forgotten while they are still acceptable, or
    /// if nothing could be remembered at all.
    pub fn new(
        window: AcceptanceWindow,
        limits: ReplayLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnsafeReplayLimits> {
        let retention = limits.retention.unwrap_or(window.span());
        if retention < window.span() {
            return Err(UnsafeReplayLimits::Retention { given: retention, needed: window.span() });
        }
        if limits.capacity == 0 || limits.principals == 0 {
            return Err(UnsafeReplayLimits::NoRoom);
        }
        let started = clock.unix_time();
        Ok(Self {
            window,
            limits,
            retention: retention.as_secs(),
            floor: started.as_secs() + u64::from(started.subsec_nanos() > 0),
            clock,
            seen: Mutex::new(Seen::new(retention.as_secs())),
        })
    }

    /// The window in which the guard tells used signatures from new ones.
    pub const fn window(&self) -> AcceptanceWindow {
        self.window
    }

    /// How long until requests that are signed now are accepted: at most one second after the
    /// guard was made, and zero from then on.
    pub fn opens_in(&self) -> Duration {
        Duration::from_secs(self.floor).saturating_sub(self.clock.unix_time())
    }

    /// How many signatures are remembered.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no signature is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes note that `account` used `nonce`, unless it did before: of several callers with the
    /// same pair exactly one succeeds. To be called only once the signature is verified.
    ///
    /// # Errors
    /// A [`Refusal`] for a used nonce, a signature from before the start, one that cannot be
    /// remembered long enough, or when there is no room.
    pub(crate) fn consume(
        &self,
        account: AccountId,
        nonce: &Nonce,
        created: u64,
        expires: u64,
    ) -> Result<(), Refusal> {
        let key = UseKey::new(&account, nonce.as_str());
        let last_second = self.window.last_second(expires);
        let now = self.clock.unix_seconds();
        // Asked again although the verifier did: the content may have taken long to arrive.
        self.window.check(created, expires, now)?;
        if last_second.saturating_sub(now) > self.retention {
            return Err(Refusal::new(
                Reason::RequestValidityTooLong,
                "the signature is valid for longer than it can be remembered here",
            ));
        }
        if created < self.floor {
            return Err(Refusal::new(
                Reason::RequestPredatesStart,
                "the request was signed before this miner started: sign it anew",
            ));
        }

        let mut seen = self.lock();
        seen.forget_before(now);
        if seen.is_forgotten(last_second) {
            return Err(Refusal::new(Reason::RequestExpired, "expires lies in the past"));
        }
        if seen.contains(&key) {
            return Err(Refusal::new(Reason::NonceReused, "the nonce was used before"));
        }
        self.admit(&seen, &account, now)?;
        seen.insert(key, account, last_second);
        Ok(())
    }

    fn admit(&self, seen: &Seen, account: &AccountId, now: u64) -> Result<(), Refusal> {
        let free = self.limits.capacity.saturating_sub(seen.len());
        let own = seen.principals.count(account) as usize;
        let has_slot = own > 0 || seen.principals.len() < self.limits.principals;
        if has_slot && own < free {
            return Ok(());
        }
        let wait = seen.next_forgetting().map_or(1, |second| second.saturating_sub(now).max(1));
        let refusal = if own > 0 {
            Refusal::new(Reason::RateLimited, "too many requests of this account are remembered")
        } else {
            Refusal::new(Reason::Overloaded, "too many requests are remembered")
        };
        Err(refusal.with_retry_after(Duration::from_secs(wait)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        // Nothing panics between two related changes, so a poisoned memory is still whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Limits under which a [`ReplayGuard`] could not keep its promise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsafeReplayLimits {
    /// Signatures would be forgotten while they are still acceptable.
    #[error(
        "signatures must be remembered for {needed:?}, the whole window in which they are \
        accepted, and not only for {given:?}"
    )]
    Retention {
        /// The retention that was asked for.
        given: Duration,
        /// The least retention that is safe.
        needed: Duration,
    },
    /// The capacity or the number of principals is zero.
    #[error("there must be room for at least one signature of one account")]
    NoRoom,
}

impl UnsafeReplayLimits {
    /// The configuration has to change.
    pub const fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
