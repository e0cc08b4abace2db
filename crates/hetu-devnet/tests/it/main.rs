//! Integration tests, in one binary.

#![allow(clippy::unwrap_used, reason = "a test that fails has to panic")]

mod basics;
mod calls;
mod logs;
mod steering;
mod subscriptions;
mod support;
mod transactions;
