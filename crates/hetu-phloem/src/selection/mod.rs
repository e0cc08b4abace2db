//! Who is asked: the candidates, what is known of them, and the choice between them.

mod breaker;
mod core;
mod ejection;
mod explain;
mod latencies;
mod latency;
mod overview;
mod permit;
mod pool;
mod random;
mod snapshot;
mod standing;
mod strategy;
mod stream_permit;
mod timeline;

pub(crate) use self::core::{Among, Choice, Chosen, Selection};
pub use explain::{CandidateReport, Exclusion, Explanation, SelectionMode};
pub(crate) use permit::AttemptGuard;
pub use pool::Pool;
pub(crate) use random::{Randomness, stable_hash};
pub use strategy::{Blended, Fastest, RoundRobin, StakeWeighted, Sticky, Strategy, Weighted};
pub(crate) use stream_permit::StreamPermit;
