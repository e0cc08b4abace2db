//! The caller's side of a session.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{Clock, NetUid};
use http::request::Parts;
use http::{Request, Uri};

use super::messages::SessionGrant;
use crate::request::{Authenticator, RequestDraft, call_parts};
use crate::session::{
    ALGORITHM, SequenceIssuer, SessionContext, SessionId, SessionKeys, TAG, make_code,
};
use crate::{AccountId, Envelope, Nonce, PendingReply, Service, SignedRequest, SigningError};

/// Validity of a signature in a session, in seconds.
const VALIDITY: u64 = 30;

/// An open session with one miner. It signs as [`RequestSigner`](crate::RequestSigner) does, in a
/// hundredth of the time. Its signatures are proof for the miner only, so a call in a session makes
/// no [`Receipt`](crate::Receipt).
#[derive(Debug)]
pub struct CallerSession {
    id: SessionId,
    caller: AccountId,
    miner: AccountId,
    netuid: NetUid,
    keys: Arc<SessionKeys>,
    expires: u64,
    renews: u64,
    sequences: Arc<SequenceIssuer>,
    clock: Arc<dyn Clock>,
}

impl CallerSession {
    pub(super) fn new(
        context: SessionContext,
        keys: SessionKeys,
        grant: &SessionGrant,
        lifetime: u64,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            id: context.id,
            caller: context.caller,
            miner: context.miner,
            netuid: context.netuid,
            keys: Arc::new(keys),
            expires: grant.expires,
            // A fifth of the lifetime is enough time to open the next session. Short sessions are
            // renewed earlier: one validity of a signature before the end, but not in the first
            // half of the lifetime.
            renews: grant.expires.saturating_sub((lifetime / 5).max(VALIDITY.min(lifetime / 2))),
            sequences: Arc::new(SequenceIssuer::new(grant.window)),
            clock,
        }
    }

    /// Returns the id of the session.
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Returns the account for which the session was opened.
    pub const fn caller(&self) -> AccountId {
        self.caller
    }

    /// Returns the miner with which the session was opened.
    pub const fn miner(&self) -> AccountId {
        self.miner
    }

    /// Returns `true` if the next session should be opened, with fresh keys. This session works
    /// until it expires, so that no pending request is lost.
    pub fn needs_renewal(&self) -> bool {
        self.clock.unix_seconds() >= self.renews
    }

    /// Returns the remaining lifetime of the session.
    pub fn remaining(&self) -> Duration {
        Duration::from_secs(self.expires).saturating_sub(self.clock.unix_time())
    }

    /// Creates the request `POST {endpoint}/{S::NAME}` with `call` as its content, and signs it.
    ///
    /// # Errors
    /// [`SigningError`], as for [`sign`](Self::sign).
    pub fn call<S: Service>(
        &self,
        endpoint: &Uri,
        call: &S::Request,
        envelope: &Envelope,
    ) -> Result<SignedRequest, SigningError> {
        let content = envelope.codec.encode(call)?;
        let mut parts = call_parts::<S>(endpoint)?;
        let pending = self.sign(&mut parts, &content, envelope)?;
        Ok(SignedRequest { request: Request::from_parts(parts, content), pending })
    }

    /// Signs a request with an absolute target by setting the fields of the protocol in `parts`.
    ///
    /// `content` is the body as it is sent, byte for byte, without a content coding. The request is
    /// pending until the [`PendingReply`] and all its clones are dropped.
    ///
    /// # Errors
    /// [`SigningError::SessionOver`], [`SigningError::SessionBusy`] if too many requests are
    /// pending, [`SigningError::WrongSession`] if `envelope` is for another miner or subnet, or an
    /// error of the target. The fields of `parts` are unspecified then.
    pub fn sign(
        &self,
        parts: &mut Parts,
        content: &[u8],
        envelope: &Envelope,
    ) -> Result<PendingReply, SigningError> {
        if (envelope.recipient, envelope.netuid) != (self.miner.address, self.netuid) {
            return Err(SigningError::WrongSession);
        }
        let now = self.clock.unix_seconds();
        if now >= self.expires {
            return Err(SigningError::SessionOver);
        }
        let draft = RequestDraft::in_session(parts, content, envelope)?;
        let ticket = self.sequences.issue().ok_or(SigningError::SessionBusy)?;
        let nonce = Nonce::from_number(ticket.number());
        let signature_draft = draft
            .signature(parts)
            .with_integer("created", now)
            .with_integer("expires", now.saturating_add(VALIDITY))
            .with_string("nonce", nonce.as_str())
            .with_string("keyid", &self.id.keyid())
            .with_string("alg", ALGORITHM)
            .with_string("tag", TAG);
        let base = draft.base(parts, &signature_draft)?;
        let code = make_code(&self.keys.request, &base);
        let authenticator = Authenticator::Session {
            id: self.id,
            keys: Arc::clone(&self.keys),
            ticket: Arc::new(ticket),
        };
        Ok(draft.finish(parts, signature_draft, &code, nonce, authenticator))
    }
}
