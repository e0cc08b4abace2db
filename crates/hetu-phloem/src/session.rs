//! The session with one miner: opened once calls repeat, renewed before it expires, given up when
//! the miner does not know it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use hetu_cambium::CallerSession;
use hetu_chain::resilience::Backoff;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::QueryError;

/// Calls to a miner before a session is opened. An opening costs as much as a call signed by the
/// wallet, and a single call should not pay that twice.
const CALLS_BEFORE: u32 = 1;

/// The minimum time between two openings with one miner, and the maximum after failures: about 17
/// minutes.
const PAUSES: Backoff = Backoff::between(Duration::from_secs(1), Duration::from_secs(1_024));

/// The maximum use of a session, whatever the miner grants: its keys are in memory all the time.
const LONGEST_USE: Duration = Duration::from_secs(86_400);

/// The session with one miner.
#[derive(Debug, Default)]
pub(crate) struct SessionKeeper {
    current: ArcSwapOption<OpenSession>,
    calls: AtomicU32,
    opening: Mutex<SessionOpening>,
}

/// A session, and the start of its use.
#[derive(Debug)]
struct OpenSession {
    session: Arc<CallerSession>,
    since: Instant,
}

#[derive(Debug, Default)]
struct SessionOpening {
    is_under_way: bool,
    not_before: Option<Instant>,
    failures: u32,
    /// The number of resets, which detects an opening from before the last reset.
    generation: u64,
}

/// The right to open the next session. The holder has to report the result.
#[derive(Debug)]
pub(crate) struct OpeningTurn {
    generation: u64,
}

impl SessionKeeper {
    /// Returns the session, if there is one that has not expired.
    pub(crate) fn current(&self) -> Option<Arc<CallerSession>> {
        let open = self.current.load();
        let OpenSession { session, since } = &**open.as_ref()?;
        let is_over = session.remaining().is_zero() || since.elapsed() >= LONGEST_USE;
        (!is_over).then(|| Arc::clone(session))
    }

    /// Counts a call. Returns `true` if it is time for the next session after `current`.
    pub(crate) fn is_due(&self, current: Option<&CallerSession>) -> bool {
        if let Some(session) = current {
            return session.needs_renewal();
        }
        let is_repeated = self.calls.load(Ordering::Relaxed) >= CALLS_BEFORE;
        if !is_repeated {
            self.calls.fetch_add(1, Ordering::Relaxed);
        }
        is_repeated
    }

    /// Returns the right to open a session. One caller at a time gets it, and only after a pause
    /// since the last opening.
    pub(crate) fn turn_to_open(&self) -> Option<OpeningTurn> {
        let mut opening = self.opening.lock();
        let is_early = opening.not_before.is_some_and(|moment| Instant::now() < moment);
        if opening.is_under_way || is_early {
            return None;
        }
        opening.is_under_way = true;
        Some(OpeningTurn { generation: opening.generation })
    }

    /// Takes the session that was opened, or waits before the next try.
    pub(crate) fn settle(&self, turn: &OpeningTurn, opened: Result<CallerSession, QueryError>) {
        let mut opening = self.opening.lock();
        if opening.generation != turn.generation {
            return;
        }
        opening.is_under_way = false;
        opening.failures = if opened.is_ok() { 0 } else { opening.failures.saturating_add(1) };
        opening.not_before = Some(Instant::now() + PAUSES.delay_after(opening.failures));
        match opened {
            Ok(session) => {
                let (session, since) = (Arc::new(session), Instant::now());
                self.current.store(Some(Arc::new(OpenSession { session, since })));
            }
            Err(error) => tracing::debug!(%error, "no session was opened"),
        }
    }

    /// Removes `lost`, which the miner no longer knows.
    pub(crate) fn lose(&self, lost: &Arc<CallerSession>) {
        // Another one may have been opened in the meantime.
        let is_another = |current: &&Arc<OpenSession>| !Arc::ptr_eq(&current.session, lost);
        self.current.rcu(|current| current.as_ref().filter(is_another).cloned());
    }

    /// Removes all state, because it belongs to another party.
    pub(crate) fn clear(&self) {
        let mut opening = self.opening.lock();
        *opening =
            SessionOpening { generation: opening.generation + 1, ..SessionOpening::default() };
        self.current.store(None);
    }
}

#[cfg(test)]
mod tests {
    use hetu_cambium::{AccountId, Envelope, SessionGrant, SessionHandshake};
    use hetu_chain::{Address, ChainId, NetUid, SystemClock};

    use super::*;

    fn failed() -> Result<CallerSession, QueryError> {
        Err(QueryError::Cancelled)
    }

    #[tokio::test(start_paused = true)]
    async fn one_at_a_time_opens_and_failures_wait_longer_each_time() {
        let keeper = SessionKeeper::default();
        for pause in [2, 4, 8, 16] {
            let turn = keeper.turn_to_open().unwrap();
            assert!(keeper.turn_to_open().is_none());
            keeper.settle(&turn, failed());
            tokio::time::advance(Duration::from_millis(pause * 1_000 - 1)).await;
            assert!(keeper.turn_to_open().is_none());
            tokio::time::advance(Duration::from_millis(1)).await;
        }
    }

    #[test]
    fn a_session_is_due_from_the_second_call_on() {
        let keeper = SessionKeeper::default();
        assert!(!keeper.is_due(None));
        assert!(keeper.is_due(None) && keeper.is_due(None));
    }

    #[tokio::test(start_paused = true)]
    async fn an_opening_from_before_everything_was_forgotten_counts_no_more() {
        let keeper = SessionKeeper::default();
        let turn = keeper.turn_to_open().unwrap();
        keeper.clear();
        let next = keeper.turn_to_open().unwrap();
        keeper.settle(&turn, failed());
        assert!(keeper.turn_to_open().is_none(), "the next one is under way");
        keeper.settle(&next, failed());
    }

    /// Returns a session with the longest possible grant.
    fn endless() -> CallerSession {
        let other = SessionHandshake::new().unwrap().offer(None);
        let grant = SessionGrant {
            session_id: "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap(),
            public_key: other.public_key,
            expires: u64::MAX,
            window: u64::MAX,
        };
        let address = Address::new([1; 20]);
        let caller = AccountId::new(ChainId::new(7), address);
        let envelope = Envelope::new(NetUid::new(1), address, Duration::from_secs(5));
        let handshake = SessionHandshake::new().unwrap();
        handshake.establish(&grant, caller, &envelope, Arc::new(SystemClock)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn session_that_is_granted_for_ever_is_over_after_a_day() {
        let keeper = SessionKeeper::default();
        let turn = keeper.turn_to_open().unwrap();
        keeper.settle(&turn, Ok(endless()));
        tokio::time::advance(LONGEST_USE - Duration::from_secs(1)).await;
        assert!(keeper.current().is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(keeper.current().is_none());
        assert!(keeper.turn_to_open().is_some(), "the next one is opened");
    }
}
