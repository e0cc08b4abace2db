//! From a connection to a signed reply.

mod answer;
mod content;
mod documents;
mod listener;
mod resource;
mod service_table;
mod stack;

pub(crate) use answer::Miner;
pub(crate) use documents::Documents;
pub use listener::RunningXylem;
pub(crate) use service_table::ServiceTable;
pub(crate) use stack::Layers;
pub use stack::MinerService;
