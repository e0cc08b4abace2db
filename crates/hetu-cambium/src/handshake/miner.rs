//! The miner's side of a handshake.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::CONTENT_TYPE;

use super::messages::{SessionGrant, SessionOffer};
use crate::session::{
    EphemeralSecret, SessionContext, SessionId, SessionKeys, SessionRecord, Sessions, WINDOW,
};
use crate::{
    AccountId, Codec, RandomnessUnavailable, Reason, Refusal, RequestVerifier, VerifiedRequest,
};

impl Sessions {
    /// Opens a session for the account that signed `request`, which has `offer` as its content. The
    /// grant is the content of the reply and is valid only with the reply's signature.
    ///
    /// It waits only if a [`SessionStore`](crate::SessionStore) keeps the sessions.
    ///
    /// # Cancel safety
    /// If the future is dropped, the session may be kept until it expires.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller: [`Reason::CallRejected`] if the request is not signed
    /// by a wallet for this miner or offers an unusable key, [`Reason::Overloaded`] if there is no
    /// room, [`Reason::SignatureVerificationUnavailable`] if the store does not answer,
    /// [`Reason::InternalError`] without randomness.
    pub async fn open(
        &self,
        request: &VerifiedRequest,
        offer: &SessionOffer,
    ) -> Result<SessionGrant, Refusal> {
        let secret = EphemeralSecret::random().map_err(no_randomness)?;
        let id = SessionId::random().map_err(no_randomness)?;
        self.open_with(request, offer, &secret, id).await
    }

    pub(crate) async fn open_with(
        &self,
        request: &VerifiedRequest,
        offer: &SessionOffer,
        secret: &EphemeralSecret,
        id: SessionId,
    ) -> Result<SessionGrant, Refusal> {
        let rejected = |detail: &'static str| Refusal::new(Reason::CallRejected, detail);
        let (Some(netuid), Some(recipient), false) =
            (request.netuid(), request.recipient(), request.is_in_session())
        else {
            let detail =
                "a session is opened by a wallet's request with the fields of the protocol";
            return Err(rejected(detail));
        };
        let account = request.account();
        let context = SessionContext {
            id,
            caller: account,
            miner: AccountId::new(account.chain, recipient),
            netuid,
            caller_key: offer.public_key,
            miner_key: secret.public_key(),
        };
        let keys = SessionKeys::derive(secret, &offer.public_key, &context)
            .map_err(|_| rejected("the public key of the offer is not usable"))?;
        let asked = offer.lifetime_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let expires = self.end_of_next(asked);
        self.keep(SessionRecord::new(&context, keys, expires)).await?;
        Ok(SessionGrant { session_id: id, public_key: context.miner_key, expires, window: WINDOW })
    }
}

impl RequestVerifier {
    /// Answers a verified `POST /session`, which has a [`SessionOffer`] in `codec` as its
    /// `content`, with the grant in `reply_codec`. The caller of this function signs the reply.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller, signed: [`Reason::UnknownService`] if the miner accepts
    /// no sessions, [`Reason::UndecodableContent`], or as for [`Sessions::open`].
    pub async fn open_session(
        &self,
        request: &VerifiedRequest,
        codec: Codec,
        content: &[u8],
        reply_codec: Codec,
    ) -> Result<Response<Bytes>, Refusal> {
        let sessions = self
            .sessions()
            .ok_or_else(|| Refusal::new(Reason::UnknownService, "this miner opens no sessions"))?;
        let offer: SessionOffer = codec.decode(content).map_err(|_| {
            Refusal::new(Reason::UndecodableContent, "the content is not the offer of a session")
        })?;
        let grant = sessions.open(request, &offer).await?;
        let content = reply_codec
            .encode(&grant)
            .map_err(|error| Refusal::new(Reason::InternalError, error.to_string()))?;
        let mut reply = Response::new(content);
        reply.headers_mut().insert(CONTENT_TYPE, reply_codec.content_type());
        Ok(reply)
    }
}

fn no_randomness(error: RandomnessUnavailable) -> Refusal {
    Refusal::new(Reason::InternalError, error.to_string())
}
