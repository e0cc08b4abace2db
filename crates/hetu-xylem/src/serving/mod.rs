//! From a connection to a signed reply.

mod answer;
mod content;
mod documents;
mod listener;
mod metrics_port;
mod remote_address;
mod reply_body;
mod resource;
mod service_table;
mod stack;

pub(crate) use answer::Miner;
pub(crate) use documents::Documents;
pub(crate) use listener::Observation;
pub use listener::RunningXylem;
pub(crate) use metrics_port::MetricsPort;
pub use remote_address::RemoteAddress;
pub use reply_body::{ReplyBody, ReplyBodyError};
pub(crate) use service_table::ServiceTable;
pub(crate) use stack::Layers;
pub use stack::MinerService;
