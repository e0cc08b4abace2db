//! Mechanisms against failing peers, shared by every layer.
//!
//! - [`Backoff`]: exponential delays between attempts.
//! - [`HealthGate`]: stops traffic to a failing peer, and admits one probe at a time to detect its
//!   recovery.
//! - [`PeakEwma`]: a latency estimate that rises at once and falls slowly.
//!
//! No type here reads a clock. A time is a [`Duration`](std::time::Duration) since an origin that
//! the caller chooses: 1970, as in [`Clock::unix_time`](crate::Clock::unix_time), or the start of a
//! `Timeline` (feature `client`), which follows tokio's pausable clock.

mod backoff;
mod health_gate;
mod peak_ewma;
#[cfg(feature = "client")]
mod timeline;

pub use backoff::{Backoff, Jitter};
pub use health_gate::{GateState, HealthGate, HealthPolicy};
pub use peak_ewma::{PeakEwma, PeakEwmaPolicy};
#[cfg(feature = "client")]
pub use timeline::Timeline;
