//! Sessions: one handshake signed by wallets, then a code by symmetric keys for each message.

mod caller;
mod handshake;
mod id;
mod keys;
mod limits;
mod miner;
mod opening;
mod sequence;

pub use caller::CallerSession;
pub use handshake::{InvalidGrant, SessionGrant, SessionHandshake, SessionOffer};
pub use id::{InvalidSessionId, SessionId};
#[cfg(test)]
pub(crate) use keys::EphemeralSecret;
pub use keys::{InvalidSessionKey, SessionPublicKey};
pub(crate) use keys::{SessionKeys, is_code, make_code};
pub use limits::SessionLimits;
pub(crate) use miner::Session;
pub use miner::Sessions;
pub(crate) use sequence::SequenceTicket;

/// The `tag` of signatures of requests and replies in a session.
pub(crate) const TAG: &str = "hetu-session";

/// The `alg` of signatures in a session (RFC 9421, section 3.3.3).
pub(crate) const ALGORITHM: &str = "hmac-sha256";
