//! The registration of a miner on chain, and its supervision.

mod joining;
mod readiness;
mod state;
mod watch;

pub(crate) use joining::join;
pub use readiness::Readiness;
pub(crate) use state::RegistrationState;
pub(crate) use watch::{RegistrationMetrics, RegistrationWatch};
