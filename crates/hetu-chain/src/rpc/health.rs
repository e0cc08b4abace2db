//! The health of endpoints.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::RpcError;
use crate::network::RpcUrl;
use crate::resilience::{Backoff, GateState, HealthGate, HealthPolicy, Timeline};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// An endpoint is set aside after three consecutive failures. One success resets all pauses.
const POLICY: HealthPolicy = HealthPolicy {
    failures_allowed: 3,
    pauses: Backoff::between(FIRST_PAUSE, LONGEST_PAUSE),
    forgiven_after: Duration::ZERO,
};
/// The weight of a new measurement in the mean latency, as a divisor.
const LATENCY_WINDOW: u32 = 8;

/// The health of an endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndpointHealth {
    /// The endpoint.
    pub endpoint: RpcUrl,
    /// The state that decides whether it receives calls.
    pub state: EndpointState,
    /// The number of calls that it answered in time, with any result.
    pub answered: u64,
    /// The number of calls that failed.
    pub failed: u64,
    /// The moving mean of its latency; `None` before the first answer.
    pub latency: Option<Duration>,
    /// The last failure.
    pub last_failure: Option<RpcError>,
}

/// The availability of an endpoint for calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointState {
    /// An endpoint that receives calls.
    Healthy,
    /// An endpoint that failed too often or requested a pause.
    SetAside {
        /// The time until its next probe; zero if the probe waits for the next call of any kind.
        remaining: Duration,
    },
    /// An endpoint that a single call is probing.
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
    /// A plain mean for the report, not a `PeakEwma`: it does not decide which endpoint is chosen.
    latency: Option<Duration>,
    last_failure: Option<RpcError>,
}

/// The decision of an endpoint's health gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndpointAdmission {
    Admitted,
    /// A due probe, which the caller has to make: no other caller received it.
    Probe,
    NotBefore(Instant),
    /// A probe of another caller.
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

    /// Records an answer with any result.
    pub(super) fn answered(&self, latency: Duration, now: Instant) {
        self.gate.note_success();
        let now = self.timeline.time_of(now);
        // While the endpoint is set aside, a late answer does not end the pause.
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

    /// Records a failure. `is_hanging` is set if the endpoint kept its caller waiting, which does
    /// more harm than an immediate failure. Returns `true` if the endpoint is now set aside.
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

    /// Sets the endpoint aside because it requested a pause, or because its answers are unreliable.
    pub(super) fn set_aside(&self, failure: &RpcError, pause: Option<Duration>, now: Instant) {
        self.note(failure);
        let now = self.timeline.time_of(now);
        match pause {
            Some(pause) => self.gate.close_for(pause.min(LONGEST_PAUSE), now),
            None => self.gate.trip(now),
        }
    }

    /// Records a probe that ended without a result.
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
