//! Replies: how a miner signs them and how a caller verifies them.

mod sign;
mod verify;

pub use sign::ReplySigner;
pub use verify::ReplyRefusal;

/// The `tag` of reply signatures.
const TAG: &str = "hetu-cambium";
