//! What the peers say to each other in a handshake.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::session::{SessionId, SessionPublicKey};

/// The call that opens a session: `POST /session`, signed by the caller's wallet and answered by
/// the miner's. It is a [`Service`] that miners themselves offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionOffer {
    /// The caller's half, fresh for each session.
    pub public_key: SessionPublicKey,
    /// How long the session shall last, in seconds; as long as the miner grants, if not said.
    #[serde(default)]
    pub lifetime_seconds: Option<u32>,
}

/// The reply that opens a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionGrant {
    /// The name of the session.
    pub session_id: SessionId,
    /// The miner's half, fresh for each session.
    pub public_key: SessionPublicKey,
    /// The first second since 1970, by the miner's clock, in which the session is over.
    pub expires: u64,
    /// How many requests the caller may have under way at once, counted from the oldest.
    pub window: u64,
}

impl Service for SessionOffer {
    const NAME: &'static str = "session";
    type Request = Self;
    type Reply = SessionGrant;
}
