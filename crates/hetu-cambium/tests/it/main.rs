//! Integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod bounds;
mod digests;
mod erc8128;
mod foreign_crate;
#[cfg(feature = "tower")]
mod layers;
mod properties;
mod receipts;
mod replay;
mod replies;
mod requests;
mod rfc9421;
mod sessions;
mod shared_sessions;
mod stores;
mod streams;
mod support;
mod tamper;
