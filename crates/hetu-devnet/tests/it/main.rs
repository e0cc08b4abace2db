//! Integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod basics;
mod calls;
mod logs;
mod steering;
mod subscriptions;
mod support;
mod transactions;
