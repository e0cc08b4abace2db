//! What becomes of requests, counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use hetu_cambium::Reason;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::check::Check;

type Refusals = Family<[(&'static str, &'static str); 2], Counter>;
type Calls = Family<[(&'static str, String); 2], Counter>;

/// Counts what becomes of requests.
#[derive(Clone, Debug)]
pub(crate) struct CallMetrics {
    refusals: Refusals,
    services: BTreeMap<String, Arc<CallCounters>>,
}

/// What became of the calls of one service.
#[derive(Debug)]
struct CallCounters {
    served: Counter,
    rejected: Counter,
    failed: Counter,
    abandoned: Counter,
}

impl CallMetrics {
    /// For these services.
    pub(crate) fn registered_in<'a>(
        registry: &mut Registry,
        services: impl Iterator<Item = &'a str>,
    ) -> Self {
        let refusals = Refusals::default();
        registry.register(
            "refusals",
            "Requests that did not pass a check, by check and reason",
            refusals.clone(),
        );
        let calls = Calls::default();
        registry.register(
            "calls",
            "Calls that were served, rejected for what they ask (4xx), failed, or left alone by \
             their callers",
            calls.clone(),
        );
        let counters = |service: &str| {
            let counter = |outcome: &str| {
                let labels = [("service", service.to_owned()), ("outcome", outcome.to_owned())];
                calls.get_or_create_owned(&labels)
            };
            CallCounters {
                served: counter("served"),
                rejected: counter("rejected"),
                failed: counter("failed"),
                abandoned: counter("abandoned"),
            }
        };
        let services =
            services.map(|service| (service.to_owned(), Arc::new(counters(service)))).collect();
        Self { refusals, services }
    }

    /// A request did not pass `check`.
    pub(super) fn refused(&self, check: Check, reason: Reason) {
        let labels = [("check", check.as_str()), ("reason", reason.as_str())];
        self.refusals.get_or_create(&labels).inc();
    }

    /// A call of `service` passed its checks.
    pub(super) fn begun(&self, service: &str) -> Tally {
        Tally { counters: self.services.get(service).cloned(), outcome: CallOutcome::Abandoned }
    }
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallOutcome {
    Served,
    /// What it asks for is not done here.
    Rejected,
    Failed,
    /// Its caller went away.
    Abandoned,
    /// Counted elsewhere.
    Refused,
}

/// Counts a call when it is over. Until something else is noted it counts as abandoned.
#[derive(Debug)]
pub(super) struct Tally {
    counters: Option<Arc<CallCounters>>,
    outcome: CallOutcome,
}

impl Tally {
    pub(super) const fn note(&mut self, outcome: CallOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let Some(counters) = &self.counters else { return };
        let counter = match self.outcome {
            CallOutcome::Served => &counters.served,
            CallOutcome::Rejected => &counters.rejected,
            CallOutcome::Failed => &counters.failed,
            CallOutcome::Abandoned => &counters.abandoned,
            CallOutcome::Refused => return,
        };
        counter.inc();
    }
}
