//! Integration tests against the embedded chain, over real sockets.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod crowd;
mod following;
mod gateway;
mod other_chains;
mod outages;
mod ranks;
mod reorgs;
mod scene;
mod snapshots;
mod storms;
mod subnets;
mod ways;
