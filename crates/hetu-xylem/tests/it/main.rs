//! Integration tests over real sockets, in one binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod chain;
mod contract_accounts;
mod edge;
#[cfg(all(feature = "exec", unix))]
mod exec;
mod handlers;
mod hooks;
#[cfg(target_os = "linux")]
mod hostile;
mod json_services;
mod metrics;
mod open_resources;
mod open_services;
mod policies;
mod queueing;
mod refusals;
#[cfg(feature = "redis")]
mod replicas;
mod serving;
mod sessions;
mod starting;
mod streams;
mod support;
