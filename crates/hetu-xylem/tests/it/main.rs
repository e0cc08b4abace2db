//! Integration tests over real sockets, in one binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod chain;
mod contract_accounts;
mod handlers;
mod metrics;
mod open_resources;
mod refusals;
#[cfg(feature = "redis")]
mod replicas;
mod serving;
mod sessions;
mod starting;
mod support;
