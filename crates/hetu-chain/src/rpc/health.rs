//! Which endpoints are fit for traffic.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::RpcError;
use crate::network::RpcUrl;
use crate::resilience::{Backoff, GateState, HealthGate, HealthPolicy, Timeline};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// An endpoint is set aside after three failures in a row. One success forgives all pauses.
const POLICY: HealthPolicy = HealthPolicy {
    failures_allowed: 3,
    pauses: Backoff::between(FIRST_PAUSE, LONGEST_PAUSE),
    forgiven_after: Duration::ZERO,
};
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
#[derive(Debug)]
pub(super) struct EndpointMonitor {
    gate: HealthGate,
    timeline: Timeline,
    record: Mutex<EndpointRecord>,
}

#[derive(Debug, Default)]
struct EndpointRecord {
    answered: u64,
    failed: u64,
    /// A plain mean for the report, not a `PeakEwma`: no endpoint is chosen by it.
    latency: Option<Duration>,
    last_failure: Option<RpcError>,
}

/// What the gate of an endpoint allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndpointAdmission {
    Admitted,
    /// A probe is due, and the caller has to make it: it was returned to no other one.
    Probe,
    NotBefore(Instant),
    /// Another caller is probing.
    Wait,
}

impl Default for EndpointMonitor {
    fn default() -> Self {
        Self {
            gate: HealthGate::new(POLICY),
            timeline: Timeline::begin(),
            record: Mutex::default(),
        }
    }
}

impl EndpointMonitor {
    pub(super) fn is_open(&self) -> bool {
        self.gate.is_open()
    }

    pub(super) fn admission(&self, now: Instant) -> EndpointAdmission {
        let now = self.timeline.time_of(now);
        match self.gate.state(now) {
            GateState::Open => EndpointAdmission::Admitted,
            GateState::Closed { until } => {
                EndpointAdmission::NotBefore(self.timeline.instant_at(until))
            }
            GateState::ProbeDue if self.gate.begin_probe(now) => EndpointAdmission::Probe,
            GateState::ProbeDue | GateState::Probing { .. } => EndpointAdmission::Wait,
        }
    }

    /// The endpoint answered, whatever it was.
    pub(super) fn answered(&self, latency: Duration, now: Instant) {
        self.gate.note_success();
        let now = self.timeline.time_of(now);
        // While it is left alone, late answers do not call it back.
        if matches!(self.gate.state(now), GateState::Probing { .. }) {
            self.gate.reopen(now);
        }
        let mut record = self.record.lock();
        record.answered += 1;
        record.latency = Some(match record.latency {
            None => latency,
            Some(mean) => (mean * (LATENCY_WINDOW - 1) + latency) / LATENCY_WINDOW,
        });
    }

    /// The endpoint failed; `is_hanging` if it kept its caller waiting, which does more harm than
    /// failing at once. Returns whether it is set aside now.
    pub(super) fn failed(&self, failure: &RpcError, is_hanging: bool, now: Instant) -> bool {
        self.note(failure);
        let now = self.timeline.time_of(now);
        let was_probe = matches!(self.gate.state(now), GateState::Probing { .. });
        let is_set_aside = self.gate.note_failure() || was_probe || is_hanging;
        if is_set_aside {
            self.gate.trip(now);
        }
        is_set_aside
    }

    /// The endpoint asked to be left alone, or its answers cannot be relied on.
    pub(super) fn set_aside(&self, failure: &RpcError, pause: Option<Duration>, now: Instant) {
        self.note(failure);
        let now = self.timeline.time_of(now);
        match pause {
            Some(pause) => self.gate.close_for(pause.min(LONGEST_PAUSE), now),
            None => self.gate.trip(now),
        }
    }

    /// A probe ended without a verdict.
    pub(super) fn probe_abandoned(&self) {
        self.gate.abandon_probe();
    }

    pub(super) fn last_failure(&self) -> Option<RpcError> {
        self.record.lock().last_failure.clone()
    }

    pub(super) fn report(&self, endpoint: RpcUrl, now: Instant) -> EndpointHealth {
        let now = self.timeline.time_of(now);
        let state = match self.gate.state(now) {
            GateState::Open => EndpointState::Healthy,
            GateState::Probing { .. } => EndpointState::Probing,
            GateState::ProbeDue => EndpointState::SetAside { remaining: Duration::ZERO },
            GateState::Closed { until } => {
                EndpointState::SetAside { remaining: until.saturating_sub(now) }
            }
        };
        let record = self.record.lock();
        EndpointHealth {
            endpoint,
            state,
            answered: record.answered,
            failed: record.failed,
            latency: record.latency,
            last_failure: record.last_failure.clone(),
        }
    }

    fn note(&self, failure: &RpcError) {
        let mut record = self.record.lock();
        record.failed += 1;
        record.last_failure = Some(failure.clone());
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
        let (health, now) = (EndpointMonitor::default(), Instant::now());
        assert!(!health.failed(&refused(), false, now));
        assert!(!health.failed(&refused(), false, now));
        health.answered(Duration::ZERO, now);
        assert!(!health.failed(&refused(), false, now));
        assert!(!health.failed(&refused(), false, now));
        assert!(health.failed(&refused(), false, now));
        assert_eq!(health.admission(now), EndpointAdmission::NotBefore(now + FIRST_PAUSE));
    }

    #[test]
    fn one_timeout_is_enough() {
        let (health, now) = (EndpointMonitor::default(), Instant::now());
        assert!(health.failed(&refused(), true, now));
        assert!(!health.is_open());
    }

    #[test]
    fn one_caller_probes_and_the_pause_doubles_until_a_probe_succeeds() {
        let (health, mut now) = (EndpointMonitor::default(), Instant::now());
        health.failed(&refused(), true, now);
        for pause in [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4] {
            assert_eq!(health.admission(now), EndpointAdmission::NotBefore(now + pause));
            now += pause;
            assert_eq!(health.admission(now), EndpointAdmission::Probe);
            assert_eq!(health.admission(now), EndpointAdmission::Wait);
            health.failed(&refused(), false, now);
        }
        now += LONGEST_PAUSE;
        assert_eq!(health.admission(now), EndpointAdmission::Probe);
        health.answered(Duration::ZERO, now);
        assert_eq!(health.admission(now), EndpointAdmission::Admitted);
        health.failed(&refused(), true, now);
        assert_eq!(health.admission(now), EndpointAdmission::NotBefore(now + FIRST_PAUSE));
    }

    #[test]
    fn pauses_have_an_upper_bound() {
        let (health, mut now) = (EndpointMonitor::default(), Instant::now());
        for _ in 0..100 {
            health.failed(&refused(), true, now);
            now += LONGEST_PAUSE;
            assert_eq!(health.admission(now), EndpointAdmission::Probe);
        }
        health.set_aside(&refused(), Some(Duration::from_secs(86_400)), now);
        assert_eq!(health.admission(now), EndpointAdmission::NotBefore(now + LONGEST_PAUSE));
    }

    #[test]
    fn a_probe_that_was_dropped_can_be_made_by_the_next() {
        let (health, now) = (EndpointMonitor::default(), Instant::now());
        health.failed(&refused(), true, now);
        let due = now + FIRST_PAUSE;
        assert_eq!(health.admission(due), EndpointAdmission::Probe);
        health.probe_abandoned();
        assert_eq!(health.admission(due), EndpointAdmission::Probe);
    }

    #[test]
    fn calls_that_were_under_way_do_not_lengthen_the_pause() {
        let (health, now) = (EndpointMonitor::default(), Instant::now());
        for _ in 0..10 {
            health.failed(&refused(), true, now);
        }
        assert_eq!(health.admission(now), EndpointAdmission::NotBefore(now + FIRST_PAUSE));
    }
}
