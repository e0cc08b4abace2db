//! Metrics of call outcomes.

use std::collections::BTreeMap;
use std::sync::Arc;

use hetu_cambium::Problem;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

type CallFamily = Family<[(&'static str, String); 2], Counter>;

/// The metrics of calls, by service and outcome.
#[derive(Clone, Debug)]
pub(crate) struct CallMetrics {
    services: BTreeMap<String, Arc<CallCounters>>,
}

/// The counters of one service.
#[derive(Debug)]
struct CallCounters {
    served: Counter,
    rejected: Counter,
    failed: Counter,
    abandoned: Counter,
}

impl CallMetrics {
    /// Registers the counters of `services`.
    pub(crate) fn registered_in<'a>(
        registry: &mut Registry,
        services: impl Iterator<Item = &'a str>,
    ) -> Self {
        let calls = CallFamily::default();
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
        Self { services }
    }

    /// Starts to count a call of `service` that passed its checks.
    pub(super) fn begin(&self, service: &str) -> CallTally {
        CallTally { counters: self.services.get(service).cloned(), outcome: CallOutcome::Abandoned }
    }
}

/// The outcome of a call that passed its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallOutcome {
    Served,
    /// A request that the service does not support.
    Rejected,
    Failed,
    /// A call abandoned by its caller.
    Abandoned,
    /// A refusal, counted elsewhere.
    Refused,
}

/// A guard that counts a call when it ends. The outcome is *abandoned* until another one is
/// recorded.
#[derive(Debug)]
pub(super) struct CallTally {
    counters: Option<Arc<CallCounters>>,
    outcome: CallOutcome,
}

impl CallOutcome {
    /// Returns the outcome of a call that ended with `problem`. A status of 500 or above is a
    /// failure of the miner.
    pub(super) const fn of(problem: &Problem) -> Self {
        if problem.status() < 500 { Self::Rejected } else { Self::Failed }
    }
}

impl CallTally {
    pub(super) const fn note(&mut self, outcome: CallOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for CallTally {
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
