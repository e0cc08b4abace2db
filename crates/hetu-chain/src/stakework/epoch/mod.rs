//! What an epoch of a subnet pays to whom.
//!
//! `input` is what went in, `table` the same by position, `documented` and `published` the two
//! sets of rules, which `run` chooses from, `payout` how money is divided, and `outcome` what came out.

mod documented;
mod error;
mod input;
mod outcome;
mod parameters;
mod payout;
mod published;
mod run;
mod table;

pub use error::InvalidEpoch;
pub use input::{EpochInput, EpochNode};
pub use outcome::{EpochOutcome, NodeOutcome};
pub use parameters::{EpochParameters, LiquidAlpha, Rules};
