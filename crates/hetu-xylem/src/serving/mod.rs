//! From a connection to a signed reply.

mod answer;
mod attached;
mod call_metrics;
mod check;
mod checks;
mod codecs;
mod connection;
mod content;
mod documents;
mod exchange;
mod failed_proofs;
#[cfg(all(test, target_os = "linux"))]
mod flood;
mod head;
mod listener;
mod metrics_port;
mod miner;
mod perform;
mod problems;
mod readiness;
mod recheck;
mod remote_address;
mod reply_body;
mod running;
mod service_table;
mod stack;
mod streaming;
mod unsigned;
mod unverified;
mod within;

pub(crate) use call_metrics::CallMetrics;
pub(crate) use connection::Admission;
pub(crate) use documents::Documents;
pub(crate) use failed_proofs::FailedProofs;
pub(crate) use metrics_port::MetricsPort;
pub(crate) use miner::{Miner, StoreAnswers};
pub use remote_address::RemoteAddress;
pub use reply_body::{ReplyBody, ReplyBodyError};
pub use running::RunningXylem;
pub(crate) use running::{Door, Observation};
pub(crate) use service_table::ServiceTable;
pub(crate) use stack::Layers;
pub use stack::MinerService;
pub(crate) use unverified::UnverifiedBudget;
