//! From a connection to a signed reply.

mod answer;
mod connection;
mod content;
mod documents;
mod exchange;
mod listener;
mod metrics_port;
mod readiness;
mod remote_address;
mod reply_body;
mod resource;
mod running;
mod service_table;
mod stack;

pub(crate) use answer::Miner;
pub(crate) use connection::Admission;
pub(crate) use documents::Documents;
pub(crate) use metrics_port::MetricsPort;
pub use remote_address::RemoteAddress;
pub use reply_body::{ReplyBody, ReplyBodyError};
pub use running::RunningXylem;
pub(crate) use running::{Door, Observation};
pub(crate) use service_table::ServiceTable;
pub(crate) use stack::Layers;
pub use stack::MinerService;
