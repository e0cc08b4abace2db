//! Tests of the binary, as people and programs run it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod demo;
mod dendrons;
mod deploy;
mod dialects;
mod documented;
mod events;
mod fees;
mod first_errors;
mod localnet;
mod log_lines;
mod lying_node;
mod metastructs;
mod miners;
mod networks;
#[cfg(unix)]
mod operators;
mod phloem;
mod pools;
mod published;
mod receipts;
mod run;
mod scene;
mod stakes;
#[cfg(unix)]
mod streams;
mod subnets;
#[cfg(unix)]
mod terminal;
mod text_input;
mod tokens;
mod transactions;
mod wallets;
mod warnings;
mod weights;
mod whole_changes;
mod writing;
mod xylems;
