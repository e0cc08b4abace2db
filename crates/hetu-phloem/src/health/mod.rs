//! How the miners are, and looking after those of whom too little is known.

mod monitor;
mod probe;
mod report;

pub(crate) use monitor::{HealthMonitor, Probe, watch};
pub(crate) use probe::ReadyProbe;
pub use report::NetworkHealth;
