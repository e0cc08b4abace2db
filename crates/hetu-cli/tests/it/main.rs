//! The binary, as people and programs run it.

mod demo;
mod localnet;
mod networks;
mod run;
mod wallets;
