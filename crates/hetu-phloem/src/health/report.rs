//! The report on the service of a subnet's miners.

use hetu_chain::NetUid;
use serde::Serialize;

use crate::{CandidateReport, Explanation, OutcomeClass, RouteOptions, Router, SelectionMode};

/// A report on the service of a subnet's miners to this client. Serialised with seconds as numbers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NetworkHealth {
    /// The subnet, or `None` for a standalone router.
    pub netuid: Option<NetUid>,
    /// The selection mode of routing.
    pub mode: SelectionMode,
    /// The number of known miners.
    pub known: usize,
    /// The number of healthy miners: the breaker admits requests, and no other exclusion applies.
    pub healthy: usize,
    /// The share of answers among the outcomes since the client was made, from 0 to 1, or `None`
    /// before the first outcome. Cancelled attempts and faults of the caller do not count.
    pub success_rate: Option<f64>,
    /// The median latency of the answers of the last half minutes.
    pub latency_p50_seconds: Option<f64>,
    /// The 95th percentile of these latencies.
    pub latency_p95_seconds: Option<f64>,
    /// The 99th percentile of these latencies.
    pub latency_p99_seconds: Option<f64>,
    /// The number of retries and hedges that may be made now.
    pub retry_tokens: f64,
    /// The report on each miner.
    pub miners: Vec<CandidateReport>,
}

impl Router {
    /// Reports the service of the miners.
    pub fn network_health(&self) -> NetworkHealth {
        let Explanation { mode, candidates: miners, .. } = self.explain(&RouteOptions::default());
        let percentile = |share| {
            let latency = self.selection().latency_percentile(share, 1);
            latency.map(|latency| latency.as_secs_f64())
        };
        NetworkHealth {
            netuid: None,
            mode,
            known: miners.len(),
            healthy: miners.iter().filter(|miner| miner.is_healthy()).count(),
            success_rate: success_rate(&miners),
            latency_p50_seconds: percentile(0.5),
            latency_p95_seconds: percentile(0.95),
            latency_p99_seconds: percentile(0.99),
            retry_tokens: self.retry_tokens(),
            miners,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of counts")]
fn success_rate(miners: &[CandidateReport]) -> Option<f64> {
    let count = |class: OutcomeClass| -> u64 {
        miners.iter().filter_map(|miner| miner.outcomes.get(class.name())).sum()
    };
    let is_told = |class: &OutcomeClass| {
        !matches!(class, OutcomeClass::Cancelled | OutcomeClass::CallerFault)
    };
    let all: u64 = OutcomeClass::ALL.into_iter().filter(is_told).map(count).sum();
    (all > 0).then(|| count(OutcomeClass::Success) as f64 / all as f64)
}
