//! Requests: signing by the caller and verification by the miner (ERC-8128).

mod binding;
mod call_fields;
mod claim;
mod coverage;
mod draft;
mod envelope;
mod evidence;
mod kind;
mod outline;
mod proof;
mod revision;
mod sign;
mod signing_error;
mod verified;
mod verify;

pub(crate) use binding::RequestBinding;
pub use claim::{BoundClaim, Claim};
pub use draft::PendingReply;
pub(crate) use draft::{Authenticator, RequestDraft, call_parts};
pub use envelope::Envelope;
pub(crate) use evidence::RequestEvidence;
pub(crate) use proof::is_signed_by;
pub use revision::Erc8128Revision;
pub use sign::{RequestSigner, SignedRequest};
pub use signing_error::SigningError;
pub use verified::VerifiedRequest;
pub use verify::RequestVerifier;

/// The `tag` of request signatures (ERC-8128, section 2).
pub(crate) const TAG: &str = "erc8128";
