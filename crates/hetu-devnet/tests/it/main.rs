//! Integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod accounts;
mod amendments;
mod basics;
mod bounds;
mod calls;
mod differential;
mod filters;
mod history;
mod ids;
mod logs;
mod mempool;
mod mining;
mod reorg;
#[cfg(target_os = "linux")]
mod soak;
mod state_folder;
mod steering;
mod subscriptions;
mod support;
mod transactions;
