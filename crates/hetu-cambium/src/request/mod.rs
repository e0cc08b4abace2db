//! Requests: how a caller signs them and how a miner verifies them (ERC-8128).

mod binding;
mod call_fields;
mod candidate;
mod claim;
mod envelope;
mod sign;
mod verify;

pub(crate) use candidate::unix_time;
pub use claim::{Claim, VerifiedRequest};
pub use envelope::Envelope;
pub use sign::{PendingReply, RequestSigner, SignedRequest, SigningError};
pub use verify::RequestVerifier;

/// The `tag` of request signatures (ERC-8128, section 2).
pub(crate) const TAG: &str = "erc8128";
