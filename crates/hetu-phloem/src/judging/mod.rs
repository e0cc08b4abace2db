//! The scoring of miners by a validator.

mod agreement;
mod average;
mod book;
mod digest;
mod error;
mod guarded;
mod judge;
mod outage;
mod panel;
mod question;
mod round;
mod score;
mod score_file;
mod scorer;
mod scorers;
#[cfg(test)]
mod testing;

pub use agreement::{Agreement, Opinion, agreement};
pub use average::HalfLife;
pub use book::{MinerScore, ScoreBook, ScoreEntry};
pub use error::JudgeError;
pub use judge::{Judge, JudgeBuilder};
pub use outage::Outage;
pub use question::{Question, Questions, Randomness};
pub use round::{MinerVerdict, Round, RoundOutcome};
pub use score::{InvalidScore, Score};
pub use scorer::{Case, Scorer};
pub use scorers::{Agreeing, Exact, Numeric};
