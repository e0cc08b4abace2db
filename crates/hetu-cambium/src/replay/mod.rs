//! Proof that a signature was not used before.

mod guard;
mod principals;
mod seen;

pub use guard::{ReplayGuard, ReplayLimits, UnsafeReplayLimits};
