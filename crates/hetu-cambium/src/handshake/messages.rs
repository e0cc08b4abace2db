//! Messages of a handshake.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::session::{SessionId, SessionPublicKey};

/// The call that opens a session: `POST /session`, signed by the caller's wallet and answered by
/// the miner's. It is a [`Service`] of the miner itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionOffer {
    /// The caller's public key, fresh for each session.
    pub public_key: SessionPublicKey,
    /// The requested lifetime of the session in seconds, or `None` for the lifetime that the miner
    /// grants.
    #[serde(default)]
    pub lifetime_seconds: Option<u32>,
}

/// The reply that opens a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionGrant {
    /// The id of the session.
    pub session_id: SessionId,
    /// The miner's public key, fresh for each session.
    pub public_key: SessionPublicKey,
    /// The first second since 1970, by the miner's clock, in which the session is expired.
    pub expires: u64,
    /// Maximum number of pending requests of the caller, counted from the oldest.
    pub window: u64,
}

impl Service for SessionOffer {
    const NAME: &'static str = "session";
    type Request = Self;
    type Reply = SessionGrant;
}
