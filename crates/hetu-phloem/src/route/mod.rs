//! Calls that are routed to the best available miner.

mod budget;
mod driver;
mod options;
mod pick;
mod record;
mod router;
mod state;

pub use options::{Hedging, RouteOptions};
pub use pick::Pick;
pub use record::{AttemptKind, AttemptRecord, RouteError, Routed};
pub use router::Router;
