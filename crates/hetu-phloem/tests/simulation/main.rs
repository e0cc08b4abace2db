//! A simulation of miner selection: fake miners, a paused clock and seeds.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod broadcasts;
mod calls;
mod explaining;
mod health;
mod once_only;
mod outages;
mod shares;
mod strategies;
mod traffic;
