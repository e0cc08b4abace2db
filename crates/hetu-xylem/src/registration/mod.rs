//! The miner's place on chain: taking it, and watching it.

mod home;
mod joining;
mod readiness;
mod state;
mod watch;

pub(crate) use home::{Home, addressed_to, reachable};
pub(crate) use joining::{Membership, join};
pub use readiness::Readiness;
pub(crate) use state::RegistrationState;
pub(crate) use watch::{RegistrationMetrics, RegistrationWatch};
