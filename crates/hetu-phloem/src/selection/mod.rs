//! The choice of a miner: the candidates, their statistics, and comparisons between them.

mod aggregate_health;
mod attempt_guard;
mod breaker;
mod candidates;
mod chooser;
mod ejection;
mod endpoint_stats;
mod explain;
mod health;
mod latencies;
mod latency;
mod load;
mod outliers;
mod penalty;
mod pool;
mod probing;
mod ramp;
mod state;
mod strategy;
mod stream_guard;
mod success_rate;
mod tally;
mod timeline;
mod unavailable;
mod weight;

pub(crate) use attempt_guard::AttemptGuard;
pub(crate) use chooser::{ChosenMiner, Selection, SelectionRequest};
pub use explain::{CandidateReport, Exclusion, Explanation, SelectionMode};
pub(crate) use pool::Among;
pub use pool::SelectionPool;
pub use strategy::{Blended, Fastest, RoundRobin, StakeWeighted, Sticky, Strategy, Weighted};
pub(crate) use stream_guard::StreamGuard;
pub use unavailable::Unavailable;
