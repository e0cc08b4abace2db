//! Integration tests against the embedded chain, over real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod amm;
mod connecting;
mod contract_calls;
mod dialect_node;
mod dialects;
mod epochs;
mod erc1271;
mod extremes;
mod faulty_node;
mod following;
mod gateway;
mod governance;
mod hanging;
mod joining;
mod keystores;
mod ledger;
mod lens;
mod money;
mod node;
mod pools;
mod proxy;
mod published;
mod receipts;
mod remote_signers;
mod rewards;
mod sending;
mod setup;
mod signing_service;
mod subnets;
mod tokens;
mod weights;
