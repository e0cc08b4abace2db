//! The caller's side of a handshake.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{Clock, Retryability, Retryable};

use super::caller_session::CallerSession;
use super::messages::{SessionGrant, SessionOffer};
use crate::session::{EphemeralSecret, InvalidSessionKey, SessionContext, SessionKeys};
use crate::{AccountId, Envelope, RandomnessUnavailable};

/// The caller's state of a pending handshake.
#[derive(Debug)]
pub struct SessionHandshake {
    secret: EphemeralSecret,
}

impl SessionHandshake {
    /// Generates a fresh secret.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the operating system returns no random bytes.
    pub fn new() -> Result<Self, RandomnessUnavailable> {
        Ok(Self { secret: EphemeralSecret::random()? })
    }

    #[cfg(test)]
    pub(crate) fn from_secret(secret: [u8; 32]) -> Self {
        Self { secret: EphemeralSecret::from_bytes(secret) }
    }

    /// Returns the content of the call that opens a session of `lifetime` in whole seconds, or of
    /// the granted lifetime if that is `None`.
    pub fn offer(&self, lifetime: Option<Duration>) -> SessionOffer {
        let seconds = |lifetime: Duration| u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        SessionOffer {
            public_key: self.secret.public_key(),
            lifetime_seconds: lifetime.map(seconds),
        }
    }

    /// Returns the session that `grant` opens, once
    /// [`PendingReply::verify`](crate::PendingReply::verify) has proven that the miner sent it.
    /// `caller` signed the offer, and `envelope` named its miner.
    ///
    /// # Errors
    /// [`InvalidGrant`] if the grant opens no session.
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

/// A reason why a miner's grant opens no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGrant {
    /// An unusable key of the miner.
    #[error("the miner's grant: {0}")]
    Key(#[from] InvalidSessionKey),
    /// A session that has already expired by the caller's clock.
    #[error("the miner's grant is over already: compare the clocks")]
    Over,
    /// A session in which the miner accepts no requests.
    #[error("the miner's grant has no room for a request")]
    NoWindow,
}

impl Retryable for InvalidGrant {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
