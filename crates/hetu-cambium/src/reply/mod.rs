//! Replies: signing by the miner and verification by the caller.

mod sign;
mod verify;

pub use sign::ReplySigner;
pub use verify::ReplyRefusal;

/// The `tag` of reply signatures.
const TAG: &str = "hetu-cambium";
