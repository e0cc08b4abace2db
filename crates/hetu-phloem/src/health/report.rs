//! How a subnet's miners serve this client.

use hetu_chain::NetUid;
use serde::Serialize;

use crate::{CandidateReport, Explanation, OutcomeClass, RouteOptions, Router, SelectionMode};

/// How a subnet's miners serve this client. Serialised with seconds as numbers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NetworkHealth {
    /// The subnet; nothing for a router by itself.
    pub netuid: Option<NetUid>,
    /// What the health of all makes of routing.
    pub mode: SelectionMode,
    /// How many miners are known.
    pub known: usize,
    /// How many are in good health: the breaker is open, and nothing else keeps them out.
    pub healthy: usize,
    /// How many of the outcomes since the client was made were answers, from 0 to 1. What was not
    /// waited for and what the caller's side is to blame for does not count; nothing before the
    /// first.
    pub success_rate: Option<f64>,
    /// What half of the answers of the last half minutes did not take longer than.
    pub latency_p50_seconds: Option<f64>,
    /// The same for 95 of 100.
    pub latency_p95_seconds: Option<f64>,
    /// The same for 99 of 100.
    pub latency_p99_seconds: Option<f64>,
    /// How many retries and hedges may be made now.
    pub retry_tokens: f64,
    /// Each miner.
    pub miners: Vec<CandidateReport>,
}

impl Router {
    /// How the miners serve.
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
