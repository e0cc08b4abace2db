//! A gate that stops traffic to a failing peer.
//!
//! One word holds the state, so that readers on a hot path take no lock. It is zero while the gate
//! is open, else twice the nanosecond until which the gate is closed, plus one while a probe runs.
//! The invariants for every policy:
//!
//! - A closed gate admits no call before its pause ends, and then exactly one probe.
//! - Calls that were in flight when a gate closed do not lengthen its pause.
//! - Only [`HealthGate::reopen`] opens it. The next pause is longer than the last one, until the
//!   gate was open for [`HealthPolicy::forgiven_after`].

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::{Backoff, Jitter};

const OPEN: u64 = 0;
const PROBING: u64 = 1;

/// The conditions under which a [`HealthGate`] closes, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct HealthPolicy {
    /// The number of consecutive failures that [`HealthGate::note_failure`] reports as too many.
    pub failures_allowed: u32,
    /// The pauses, each longer than the last one.
    pub pauses: Backoff,
    /// The time after which a gate that stayed open restarts with the shortest pause.
    pub forgiven_after: Duration,
}

/// A circuit breaker for one peer, driven by its caller.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use hetu_chain::resilience::{Backoff, GateState, HealthGate, HealthPolicy};
///
/// let second = Duration::from_secs(1);
/// let gate = HealthGate::new(HealthPolicy {
///     failures_allowed: 3,
///     pauses: Backoff::between(second, second * 60),
///     forgiven_after: Duration::ZERO,
/// });
/// gate.trip(second * 10);
/// assert_eq!(gate.state(second * 10), GateState::Closed { until: second * 11 });
/// assert!(gate.begin_probe(second * 11), "the pause is over");
/// assert!(!gate.begin_probe(second * 11), "one probe at a time");
/// gate.reopen(second * 12);
/// assert!(gate.is_open());
/// ```
#[derive(Debug)]
pub struct HealthGate {
    policy: HealthPolicy,
    word: AtomicU64,
    times_closed: AtomicU32,
    /// Changed together with `word` whenever the gate closes or opens; never read by
    /// [`Self::state`].
    history: Mutex<GateHistory>,
}

#[derive(Debug, Default)]
struct GateHistory {
    failures_in_a_row: u32,
    /// The number of pauses since the last reset.
    pauses: u32,
    opened_at: Duration,
}

/// The state of a [`HealthGate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateState {
    /// A gate that admits calls.
    Open,
    /// A gate that admits no calls before a time.
    Closed {
        /// The time, since the origin of the caller's times.
        until: Duration,
    },
    /// A gate after its pause: one call may begin the probe.
    ProbeDue,
    /// A gate with a running probe, which admits no other call.
    Probing {
        /// The time at which the pause ended.
        since: Duration,
    },
}

impl HealthGate {
    /// Returns an open gate.
    pub fn new(policy: HealthPolicy) -> Self {
        Self {
            policy,
            word: AtomicU64::new(OPEN),
            times_closed: AtomicU32::new(0),
            history: Mutex::default(),
        }
    }

    /// Returns the state at `now`.
    #[inline]
    pub fn state(&self, now: Duration) -> GateState {
        state(self.word.load(Ordering::Acquire), now)
    }

    /// Returns `true` if calls are admitted.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.word.load(Ordering::Acquire) == OPEN
    }

    /// Returns the number of times that the gate closed.
    pub fn times_closed(&self) -> u32 {
        self.times_closed.load(Ordering::Relaxed)
    }

    /// Begins the probe. Returns `true` if it was due at `now` and no other caller has begun it.
    ///
    /// The probe ends by [`reopen`](Self::reopen), [`trip`](Self::trip) or
    /// [`abandon_probe`](Self::abandon_probe).
    pub fn begin_probe(&self, now: Duration) -> bool {
        let begin =
            |word| matches!(state(word, now), GateState::ProbeDue).then_some(word | PROBING);
        self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, begin).is_ok()
    }

    /// Ends a probe without a result: the next caller may begin another one.
    pub fn abandon_probe(&self) {
        self.word.fetch_and(!PROBING, Ordering::AcqRel);
    }

    /// Resets the count of consecutive failures.
    pub fn note_success(&self) {
        self.history.lock().failures_in_a_row = 0;
    }

    /// Counts a failure. Returns `true` if there were too many consecutive ones; the caller decides
    /// whether to [`trip`](Self::trip).
    pub fn note_failure(&self) -> bool {
        let mut history = self.history.lock();
        history.failures_in_a_row = history.failures_in_a_row.saturating_add(1);
        history.failures_in_a_row >= self.policy.failures_allowed
    }

    /// Opens the gate at `now`, if it is not open.
    pub fn reopen(&self, now: Duration) {
        let mut history = self.history.lock();
        if self.word.swap(OPEN, Ordering::AcqRel) != OPEN {
            history.opened_at = now;
        }
    }

    /// Closes the gate for the next pause. Has no effect while it is closed and no probe is due:
    /// the result of a call that was in flight when it closed is not new information.
    pub fn trip(&self, now: Duration) {
        self.close_for_next_pause(now, |pause| pause);
    }

    /// Closes the gate like [`trip`](Self::trip), for a pause that `jitter` changes by `share`.
    pub fn trip_with_jitter(&self, jitter: Jitter, share: f64, now: Duration) {
        self.close_for_next_pause(now, |pause| jitter.apply(pause, share));
    }

    /// Closes the gate for `pause`, in any state. Does not lengthen later pauses.
    pub fn close_for(&self, pause: Duration, now: Duration) {
        let _held = self.history.lock();
        self.close_until(now.saturating_add(pause));
    }

    /// Moves the end of the pause to `now`, if it is later: the probe is due. Does not open the
    /// gate, and does not end a probe.
    pub fn end_pause(&self, now: Duration) {
        let end = |word| match state(word, now) {
            GateState::Closed { .. } => Some(word_until(now)),
            GateState::Open | GateState::ProbeDue | GateState::Probing { .. } => None,
        };
        // Fails only if there is no pause to end.
        let _ = self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, end);
    }

    fn close_for_next_pause(&self, now: Duration, jittered: impl FnOnce(Duration) -> Duration) {
        let mut history = self.history.lock();
        let state = self.state(now);
        if matches!(state, GateState::Closed { .. }) {
            return;
        }
        let forgiven_at = history.opened_at.saturating_add(self.policy.forgiven_after);
        if state == GateState::Open && now >= forgiven_at {
            history.pauses = 0;
        }
        let pause = self.policy.pauses.delay_after(history.pauses);
        history.pauses = history.pauses.saturating_add(1);
        self.close_until(now.saturating_add(jittered(pause)));
    }

    fn close_until(&self, until: Duration) {
        self.times_closed.fetch_add(1, Ordering::Relaxed);
        self.word.store(word_until(until), Ordering::Release);
    }
}

#[inline]
fn state(word: u64, now: Duration) -> GateState {
    if word == OPEN {
        return GateState::Open;
    }
    let until = Duration::from_nanos(word >> 1);
    match word {
        _ if word & PROBING != 0 => GateState::Probing { since: until },
        _ if until > now => GateState::Closed { until },
        _ => GateState::ProbeDue,
    }
}

/// Returns the word of a closed gate, which is never [`OPEN`]. The nanoseconds since 1970 fit for
/// 292 years.
fn word_until(until: Duration) -> u64 {
    u64::try_from(until.as_nanos()).unwrap_or(u64::MAX).clamp(1, u64::MAX >> 1) << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn gate(forgiven_after: Duration) -> HealthGate {
        let pauses = Backoff::between(SECOND, SECOND * 60);
        HealthGate::new(HealthPolicy { failures_allowed: 3, pauses, forgiven_after })
    }

    #[test]
    fn gate_tripped_at_time_zero_is_closed() {
        let gate = gate(Duration::ZERO);
        gate.close_for(Duration::ZERO, Duration::ZERO);
        assert!(!gate.is_open());
        assert_eq!(gate.state(SECOND), GateState::ProbeDue);
    }

    #[test]
    fn probe_is_begun_by_one_caller_and_only_when_due() {
        let gate = gate(Duration::ZERO);
        assert!(!gate.begin_probe(SECOND), "an open gate needs no probe");
        gate.trip(SECOND);
        assert!(!gate.begin_probe(SECOND));
        assert!(gate.begin_probe(SECOND * 2));
        assert!(!gate.begin_probe(SECOND * 2));
        assert_eq!(gate.state(SECOND * 3), GateState::Probing { since: SECOND * 2 });
        gate.abandon_probe();
        assert!(gate.begin_probe(SECOND * 3));
    }

    #[test]
    fn pauses_double_while_probes_fail_and_calls_under_way_do_not_lengthen_them() {
        let (gate, mut now) = (gate(Duration::ZERO), SECOND);
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            gate.trip(now);
            gate.trip(now);
            let until = now + SECOND * seconds;
            assert_eq!(gate.state(now), GateState::Closed { until });
            assert!(gate.begin_probe(until));
            now = until;
        }
        assert_eq!(gate.times_closed(), 8);
    }

    #[test]
    fn gate_is_forgiven_once_it_was_open_for_long_enough() {
        let gate = gate(SECOND * 60);
        let trip = |now: Duration, expected: Duration| {
            gate.trip(now);
            assert_eq!(gate.state(now), GateState::Closed { until: now + expected });
            gate.reopen(now + expected);
        };
        trip(SECOND * 100, SECOND);
        trip(SECOND * 160, SECOND * 2);
        trip(SECOND * 222, SECOND);
    }

    #[test]
    fn success_ends_a_run_of_failures() {
        let gate = gate(Duration::ZERO);
        assert!(!gate.note_failure());
        assert!(!gate.note_failure());
        gate.note_success();
        assert!(!gate.note_failure());
        assert!(!gate.note_failure());
        assert!(gate.note_failure());
        assert!(gate.is_open(), "the caller decides");
    }

    #[test]
    fn pause_that_is_ended_makes_the_probe_due_and_opens_no_gate() {
        let gate = gate(Duration::ZERO);
        gate.end_pause(SECOND);
        assert!(gate.is_open());
        gate.close_for(SECOND * 60, SECOND);
        gate.end_pause(SECOND * 2);
        assert_eq!(gate.state(SECOND * 2), GateState::ProbeDue);
    }

    #[test]
    fn explicit_pause_replaces_the_present_one_and_keeps_the_next() {
        let gate = gate(Duration::ZERO);
        gate.trip(SECOND);
        gate.close_for(SECOND * 30, SECOND);
        assert_eq!(gate.state(SECOND), GateState::Closed { until: SECOND * 31 });
        gate.trip(SECOND * 31);
        assert_eq!(gate.state(SECOND * 31), GateState::Closed { until: SECOND * 33 });
    }
}
