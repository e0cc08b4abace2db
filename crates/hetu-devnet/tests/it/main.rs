//! Integration tests, in one binary.

mod basics;
mod calls;
mod logs;
mod steering;
mod subscriptions;
mod support;
mod transactions;
