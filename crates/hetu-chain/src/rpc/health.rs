//! Which endpoints are fit for traffic.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::RpcError;
use crate::network::RpcUrl;

/// Failures in a row after which an endpoint is set aside.
const FAILURES_ALLOWED: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How much of a new measurement goes into the mean of the latency, as one part of so many.
const LATENCY_WINDOW: u32 = 8;

/// How an endpoint has been doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndpointHealth {
    /// The endpoint.
    pub endpoint: RpcUrl,
    /// Whether it gets traffic.
    pub state: EndpointState,
    /// How many calls it answered in time, with whatever result.
    pub answered: u64,
    /// How many calls failed at it.
    pub failed: u64,
    /// How long it takes to answer: a moving mean, nothing before the first answer.
    pub latency: Option<Duration>,
    /// What last failed at it.
    pub last_failure: Option<RpcError>,
}

/// Whether an endpoint gets traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointState {
    /// It does.
    Healthy,
    /// It failed too often or asked to be left alone.
    SetAside {
        /// Until it is probed again; zero if that waits for the next call of any kind.
        remaining: Duration,
    },
    /// A single call finds out whether it is well again.
    Probing,
}

/// The record of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    gate: Gate,
    failures_in_a_row: u32,
    /// How often it was set aside since it last was well: each time for twice as long.
    times_set_aside: u32,
    answered: u64,
    failed: u64,
    latency: Option<Duration>,
    last_failure: Option<RpcError>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Gate {
    #[default]
    Open,
    ClosedUntil(Instant),
    Probing,
}

/// What the gate of an endpoint allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Admitted,
    /// A probe is due, and it is the caller's to make: nobody else is told so.
    Probe,
    NotBefore(Instant),
    /// Somebody else is probing.
    Wait,
}

impl Health {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.record().gate, Gate::Open)
    }

    pub(super) fn admission(&self, now: Instant) -> Admission {
        let mut record = self.record();
        match record.gate {
            Gate::Open => Admission::Admitted,
            Gate::Probing => Admission::Wait,
            Gate::ClosedUntil(due) if due > now => Admission::NotBefore(due),
            Gate::ClosedUntil(_) => {
                record.gate = Gate::Probing;
                Admission::Probe
            }
        }
    }

    /// The endpoint answered, whatever it was.
    pub(super) fn answered(&self, latency: Duration) {
        let mut record = self.record();
        record.answered += 1;
        record.failures_in_a_row = 0;
        // While it is left alone, late answers do not call it back.
        if !matches!(record.gate, Gate::ClosedUntil(_)) {
            record.times_set_aside = 0;
            record.gate = Gate::Open;
        }
        record.latency = Some(match record.latency {
            None => latency,
            Some(mean) => (mean * (LATENCY_WINDOW - 1) + latency) / LATENCY_WINDOW,
        });
    }

    /// The endpoint failed; `is_hanging` if it kept its caller waiting, which does more harm than
    /// failing at once. Returns whether it is set aside now.
    pub(super) fn failed(&self, failure: &RpcError, is_hanging: bool, now: Instant) -> bool {
        let mut record = self.record();
        record.failed += 1;
        record.last_failure = Some(failure.clone());
        record.failures_in_a_row = record.failures_in_a_row.saturating_add(1);
        let was_probe = matches!(record.gate, Gate::Probing);
        let is_set_aside = was_probe || is_hanging || record.failures_in_a_row >= FAILURES_ALLOWED;
        if is_set_aside {
            record.set_aside(now);
        }
        is_set_aside
    }

    /// The endpoint asked to be left alone, or its answers cannot be relied on.
    pub(super) fn set_aside(&self, failure: &RpcError, pause: Option<Duration>, now: Instant) {
        let mut record = self.record();
        record.failed += 1;
        record.last_failure = Some(failure.clone());
        match pause {
            Some(pause) => record.gate = Gate::ClosedUntil(now + pause.min(LONGEST_PAUSE)),
            None => record.set_aside(now),
        }
    }

    /// A probe ended without a verdict.
    pub(super) fn probe_abandoned(&self, now: Instant) {
        let mut record = self.record();
        if matches!(record.gate, Gate::Probing) {
            record.gate = Gate::ClosedUntil(now);
        }
    }

    pub(super) fn last_failure(&self) -> Option<RpcError> {
        self.record().last_failure.clone()
    }

    pub(super) fn report(&self, endpoint: RpcUrl, now: Instant) -> EndpointHealth {
        let record = self.record();
        let state = match record.gate {
            Gate::Open => EndpointState::Healthy,
            Gate::Probing => EndpointState::Probing,
            Gate::ClosedUntil(due) => {
                EndpointState::SetAside { remaining: due.saturating_duration_since(now) }
            }
        };
        EndpointHealth {
            endpoint,
            state,
            answered: record.answered,
            failed: record.failed,
            latency: record.latency,
            last_failure: record.last_failure.clone(),
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn set_aside(&mut self, now: Instant) {
        // A call that was under way when the gate closed says nothing new.
        if matches!(self.gate, Gate::ClosedUntil(due) if due > now) {
            return;
        }
        let doublings = self.times_set_aside.min(16);
        self.times_set_aside = self.times_set_aside.saturating_add(1);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        self.gate = Gate::ClosedUntil(now + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> RpcError {
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        RpcError::Unreachable { endpoint, method: "eth_call", reason: "refused".into() }
    }

    #[test]
    fn an_endpoint_is_set_aside_after_three_failures_in_a_row() {
        let (health, now) = (Health::default(), Instant::now());
        assert!(!health.failed(&refused(), false, now));
        assert!(!health.failed(&refused(), false, now));
        health.answered(Duration::ZERO);
        assert!(!health.failed(&refused(), false, now));
        assert!(!health.failed(&refused(), false, now));
        assert!(health.failed(&refused(), false, now));
        assert_eq!(health.admission(now), Admission::NotBefore(now + FIRST_PAUSE));
    }

    #[test]
    fn one_timeout_is_enough() {
        let (health, now) = (Health::default(), Instant::now());
        assert!(health.failed(&refused(), true, now));
        assert!(!health.is_open());
    }

    #[test]
    fn one_caller_probes_and_the_pause_doubles_until_a_probe_succeeds() {
        let (health, mut now) = (Health::default(), Instant::now());
        health.failed(&refused(), true, now);
        for pause in [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4] {
            assert_eq!(health.admission(now), Admission::NotBefore(now + pause));
            now += pause;
            assert_eq!(health.admission(now), Admission::Probe);
            assert_eq!(health.admission(now), Admission::Wait);
            health.failed(&refused(), false, now);
        }
        now += LONGEST_PAUSE;
        assert_eq!(health.admission(now), Admission::Probe);
        health.answered(Duration::ZERO);
        assert_eq!(health.admission(now), Admission::Admitted);
        health.failed(&refused(), true, now);
        assert_eq!(health.admission(now), Admission::NotBefore(now + FIRST_PAUSE));
    }

    #[test]
    fn pauses_have_an_upper_bound() {
        let (health, mut now) = (Health::default(), Instant::now());
        for _ in 0..100 {
            health.failed(&refused(), true, now);
            now += LONGEST_PAUSE;
            assert_eq!(health.admission(now), Admission::Probe);
        }
        health.set_aside(&refused(), Some(Duration::from_secs(86_400)), now);
        assert_eq!(health.admission(now), Admission::NotBefore(now + LONGEST_PAUSE));
    }

    #[test]
    fn a_probe_that_was_dropped_can_be_made_by_the_next() {
        let (health, now) = (Health::default(), Instant::now());
        health.failed(&refused(), true, now);
        let due = now + FIRST_PAUSE;
        assert_eq!(health.admission(due), Admission::Probe);
        health.probe_abandoned(due);
        assert_eq!(health.admission(due), Admission::Probe);
    }

    #[test]
    fn calls_that_were_under_way_do_not_lengthen_the_pause() {
        let (health, now) = (Health::default(), Instant::now());
        for _ in 0..10 {
            health.failed(&refused(), true, now);
        }
        assert_eq!(health.admission(now), Admission::NotBefore(now + FIRST_PAUSE));
    }
}
