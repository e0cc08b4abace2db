//! The health of the miners, and probes of miners without recent traffic.

mod monitor;
mod probe;
mod report;

pub(crate) use monitor::{HealthMonitor, Probe, watch};
pub(crate) use probe::ReadyProbe;
pub use report::NetworkHealth;
