//! How two peers agree on the keys of a session.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{Clock, Retryability};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::CallerSession;
use super::keys::{EphemeralSecret, SessionContext, SessionKeys, SessionPublicKey};
use super::{InvalidSessionKey, SessionId};
use crate::{AccountId, Envelope, RandomnessUnavailable, Service};

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

/// The caller's side of a handshake that is under way.
#[derive(Debug)]
pub struct SessionHandshake {
    secret: EphemeralSecret,
}

impl SessionHandshake {
    /// Makes a fresh secret.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the operating system gives no random bytes.
    pub fn new() -> Result<Self, RandomnessUnavailable> {
        Ok(Self { secret: EphemeralSecret::random()? })
    }

    #[cfg(test)]
    pub(crate) fn from_secret(secret: [u8; 32]) -> Self {
        Self { secret: EphemeralSecret::from_bytes(secret) }
    }

    /// What to call the miner with, for a session of `lifetime`, in whole seconds, or of as long
    /// as it grants.
    pub fn offer(&self, lifetime: Option<Duration>) -> SessionOffer {
        let seconds = |lifetime: Duration| u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        SessionOffer {
            public_key: self.secret.public_key(),
            lifetime_seconds: lifetime.map(seconds),
        }
    }

    /// The session that `grant` opens, once [`PendingReply::verify`](crate::PendingReply::verify)
    /// has shown that it comes from the miner. `caller` signed the offer and `envelope` said to
    /// whom.
    ///
    /// # Errors
    /// [`InvalidGrant`] if no session comes of it.
    pub fn establish(
        self,
        grant: &SessionGrant,
        caller: AccountId,
        envelope: &Envelope,
        clock: Arc<dyn Clock>,
    ) -> Result<CallerSession, InvalidGrant> {
        let context = SessionContext {
            id: grant.session_id,
            caller,
            miner: AccountId::new(caller.chain, envelope.recipient),
            netuid: envelope.netuid,
            caller_key: self.secret.public_key(),
            miner_key: grant.public_key,
        };
        let keys = SessionKeys::derive(&self.secret, &grant.public_key, &context)?;
        if grant.window == 0 {
            return Err(InvalidGrant::NoWindow);
        }
        let lifetime = grant.expires.saturating_sub(clock.unix_seconds());
        if lifetime == 0 {
            return Err(InvalidGrant::Over);
        }
        Ok(CallerSession::new(context, keys, grant, lifetime, clock))
    }
}

/// Why a miner's grant opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGrant {
    /// The miner's key is not usable.
    #[error("the miner's grant: {0}")]
    Key(#[from] InvalidSessionKey),
    /// The session is over already, by the caller's clock.
    #[error("the miner's grant is over already: compare the clocks")]
    Over,
    /// The miner takes no request at all.
    #[error("the miner's grant has no room for a request")]
    NoWindow,
}

impl InvalidGrant {
    /// The miner, or a clock, has to change.
    pub const fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
