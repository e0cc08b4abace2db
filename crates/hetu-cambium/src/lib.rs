#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod account;
mod codec;
mod digest;
mod documents;
pub mod fields;
#[cfg(test)]
mod golden;
mod handshake;
mod limits;
mod message_signature;
mod nonce;
mod problem;
mod receipt;
mod registered;
mod replay;
mod reply;
mod request;
pub mod rfc9421;
pub mod server;
mod service;
mod session;
mod signature;
mod stream;
#[cfg(feature = "tower")]
mod tower;
mod trace_context;
mod window;

pub use account::{AccountId, InvalidAccountId};
pub use codec::{Codec, CodecError, UnsupportedCodec};
pub use digest::{InvalidContentDigest, content_digest, verify_content_digest};
pub use documents::{
    Access, CertificateFingerprint, DiscoveryDocument, InvalidFingerprint, InvalidSchema,
    JsonService, OpenResource, PingDocument, PublishedLimits, PublishedService, ServiceDescription,
    ServiceKind, openapi_document,
};
pub use handshake::{CallerSession, InvalidGrant, SessionGrant, SessionHandshake, SessionOffer};
/// The crate of the wallets, addresses and numbers in this API.
pub use hetu_chain as chain;
pub use limits::HeadLimits;
pub use message_signature::WorkCount;
pub use nonce::{Nonce, RandomnessUnavailable};
pub use problem::{Problem, Reason, Refusal, UnknownReason};
pub use receipt::{InvalidReceipt, Receipt, VerifiedReceipt};
pub use registered::RegisteredAccounts;
pub use replay::{
    ReplayGuard, ReplayLimits, ReplayOutcome, ReplayStore, ReplayStoreError, SignatureUse,
    UnsafeReplayLimits,
};
pub use reply::{ReplyRefusal, ReplySigner};
pub use request::{
    BoundClaim, Claim, Envelope, Erc8128Revision, PendingReply, RequestSigner, RequestVerifier,
    SignedRequest, SigningError, VerifiedRequest,
};
/// The crate of JSON Schemas. Requests and replies of services implement its trait `JsonSchema`.
pub use schemars;
pub use service::{Service, StreamService, is_service_name};
pub use session::{
    InvalidSessionId, InvalidSessionKey, InvalidSessionRecord, SequenceOutcome, SessionId,
    SessionLimits, SessionPublicKey, SessionRecord, SessionStore, SessionStoreError, Sessions,
};
pub use signature::{Authority, BaseError, InvalidAuthority, Scheme};
pub use stream::{
    EVENT_STREAM, EventStreamSigner, EventStreamVerifier, EventSyntaxError, StreamEvent,
    StreamEventKind, StreamLimits, StreamPart, StreamRefusal,
};
#[cfg(feature = "tower")]
pub use tower::{MessageBody, SignError, SignLayer, SignService, VerifyLayer, VerifyService};
pub use trace_context::TraceContext;
pub use window::AcceptanceWindow;

/// The protocol version of this crate, as in the field `cambium-version`.
pub const PROTOCOL_VERSION: u16 = 1;
