//! The caller's side of a handshake.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{Clock, Retryability, Retryable};

use super::caller_session::CallerSession;
use super::messages::{SessionGrant, SessionOffer};
use crate::session::{EphemeralSecret, InvalidSessionKey, SessionContext, SessionKeys};
use crate::{AccountId, Envelope, RandomnessUnavailable};

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

impl Retryable for InvalidGrant {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
