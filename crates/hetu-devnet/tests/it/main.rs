//! Integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod accounts;
mod amendments;
mod basics;
mod bounds;
mod calls;
mod filters;
mod logs;
mod mempool;
mod mining;
mod reorg;
mod steering;
mod subscriptions;
mod support;
mod transactions;
