//! Protection against the reuse of signatures.

mod guard;
mod limits;
mod memory;
mod principals;
mod seen;
mod store;

pub use guard::ReplayGuard;
pub use limits::{ReplayLimits, UnsafeReplayLimits};
pub use store::{ReplayOutcome, ReplayStore, ReplayStoreError, SignatureUse};
