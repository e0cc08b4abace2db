//! The resource by which sessions are opened.

use bytes::Bytes;
use http::Response;
use http::header::CONTENT_TYPE;

use super::SessionOffer;
use crate::{Codec, Reason, Refusal, RequestVerifier, VerifiedRequest};

impl RequestVerifier {
    /// Answers a verified `POST /session`, whose `content` is a [`SessionOffer`] in `codec`, with
    /// the grant in `reply_codec`. The reply is still to be signed.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller, signed: [`Reason::UnknownService`] if no sessions are
    /// taken here, [`Reason::UndecodableContent`], or as for
    /// [`Sessions::open`](crate::Sessions::open).
    pub fn open_session(
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
        let grant = sessions.open(request, &offer)?;
        let content = reply_codec
            .encode(&grant)
            .map_err(|error| Refusal::new(Reason::InternalError, error.to_string()))?;
        let mut reply = Response::new(content);
        reply.headers_mut().insert(CONTENT_TYPE, reply_codec.content_type());
        Ok(reply)
    }
}
