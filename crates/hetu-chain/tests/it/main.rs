//! Against the embedded chain, over real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod connecting;
mod joining;
mod money;
mod receipts;
mod setup;
mod subnets;
mod weights;
