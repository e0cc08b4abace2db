//! From a connection to a signed reply.

mod answer;
mod content;
mod documents;
mod listener;
mod remote_address;
mod reply_body;
mod resource;
mod service_table;
mod stack;

pub(crate) use answer::Miner;
pub(crate) use documents::Documents;
pub use listener::RunningXylem;
pub use remote_address::RemoteAddress;
pub use reply_body::{ReplyBody, ReplyBodyError};
pub(crate) use service_table::ServiceTable;
pub(crate) use stack::Layers;
pub use stack::MinerService;
