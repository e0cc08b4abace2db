//! The payments of an epoch of a subnet.
//!
//! `input` is the input, `table` the same by position, `documented` and `published` are the two
//! sets of rules, `run` selects one of them, `payout` divides amounts, and `outcome` is the result.

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
