#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod account;
mod codec;
mod digest;
pub mod fields;
#[cfg(test)]
mod golden;
mod limits;
mod nonce;
mod problem;
mod replay;
mod reply;
mod request;
mod service;
mod signature;
mod window;

pub use account::{AccountId, InvalidAccountId};
pub use codec::{Codec, CodecError, UnsupportedCodec};
pub use digest::{InvalidContentDigest, content_digest, verify_content_digest};
pub use nonce::{Nonce, RandomnessUnavailable};
pub use problem::{Problem, Reason, Refusal, UnknownReason};
pub use replay::{ReplayGuard, ReplayLimits, UnsafeReplayLimits};
pub use reply::{ReplyRefusal, ReplySigner};
pub use request::{
    Claim, Envelope, PendingReply, RequestSigner, RequestVerifier, SignedRequest, SigningError,
    VerifiedRequest,
};
pub use service::Service;
pub use signature::{
    Authority, BaseError, Component, InvalidAuthority, InvalidSignatureInput, Message, RequestView,
    Scheme, SignatureInput, signature_base,
};
pub use window::AcceptanceWindow;

/// The version of the protocol that this crate speaks, as the field `cambium-version` names it.
pub const PROTOCOL_VERSION: u16 = 1;
