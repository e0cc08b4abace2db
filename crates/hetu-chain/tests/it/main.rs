//! Against the embedded chain, over real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod connecting;
mod contract_calls;
mod epochs;
mod faulty_node;
mod hanging;
mod joining;
mod money;
mod pools;
mod receipts;
mod remote_signers;
mod setup;
mod signing_service;
mod subnets;
mod weights;
