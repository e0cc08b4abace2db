//! The binary, as people and programs run it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod demo;
mod deploy;
mod localnet;
mod networks;
mod run;
mod wallets;
