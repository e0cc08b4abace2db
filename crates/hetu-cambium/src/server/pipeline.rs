//! The stages that every request passes.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response};

use crate::{
    BoundClaim, Claim, Codec, EventStreamSigner, HeadLimits, Reason, Refusal, ReplayGuard,
    ReplySigner, RequestVerifier, Service, SessionOffer, SigningError, VerifiedRequest,
};

/// The stages that every request passes: examination, admission, sessions, and signed replies.
///
/// No stage keeps state for a request that it refuses.
#[derive(Debug)]
pub struct RequestPipeline {
    verifier: RequestVerifier,
    guard: ReplayGuard,
    replies: ReplySigner,
    head_limits: HeadLimits,
}

impl RequestPipeline {
    /// Creates a pipeline that verifies with `verifier` and `guard`, and signs with `replies`.
    pub fn new(verifier: RequestVerifier, guard: ReplayGuard, replies: ReplySigner) -> Self {
        Self { verifier, guard, replies, head_limits: HeadLimits::default() }
    }

    /// Sets the maximum size of heads. The default is 100 fields and 64 KiB.
    #[must_use]
    pub const fn with_head_limits(mut self, limits: HeadLimits) -> Self {
        self.head_limits = limits;
        self
    }

    /// Returns the verifier of requests.
    pub const fn verifier(&self) -> &RequestVerifier {
        &self.verifier
    }

    /// Returns the memory of used signatures.
    pub const fn guard(&self) -> &ReplayGuard {
        &self.guard
    }

    /// Returns the signer of replies.
    pub const fn replies(&self) -> &ReplySigner {
        &self.replies
    }

    /// Returns the maximum size of heads.
    pub const fn head_limits(&self) -> HeadLimits {
        self.head_limits
    }

    /// Reads the fields of a request and returns their claim. Does not hash.
    ///
    /// It waits only if a store outside of the process knows the session.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller, unsigned: [`Reason::FieldsTooLarge`] before any field
    /// is parsed, or as for [`RequestVerifier::examine_with_store`].
    pub async fn examine<'a>(&self, head: &'a Parts) -> Result<Claim<'a>, Refusal> {
        let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if !self.head_limits.admit(&head.headers, target) {
            let HeadLimits { fields, bytes } = self.head_limits;
            let detail = format!("the head has more than {fields} fields or {bytes} bytes");
            return Err(Refusal::new(Reason::FieldsTooLarge, detail));
        }
        self.verifier.examine_with_store(head).await
    }

    /// Verifies content and signature of a request, and records that the signature was used.
    ///
    /// It waits only if it has to call a contract or a store outside of the process.
    ///
    /// # Cancel safety
    /// If the future is dropped, the signature may count as used or not.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller, unsigned. The signature is then not recorded.
    pub async fn admit(
        &self,
        claim: BoundClaim<'_>,
        content: &[u8],
    ) -> Result<VerifiedRequest, Refusal> {
        self.verifier.verify(claim, content, &self.guard).await
    }

    /// Returns `true` if the request opens a session and the miner accepts sessions.
    pub fn opens_session(&self, head: &Parts) -> bool {
        self.verifier.takes_sessions()
            && head.method == Method::POST
            && head.uri.path().strip_prefix('/') == Some(SessionOffer::NAME)
    }

    /// Answers a request that opens a session. The server must sign the reply.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller, signed: [`Reason::UnsupportedCodec`], or as for
    /// [`RequestVerifier::open_session`].
    pub async fn open_session(
        &self,
        head: &Parts,
        request: &VerifiedRequest,
        content: &[u8],
    ) -> Result<Response<Bytes>, Refusal> {
        let unsupported = |_| Refusal::new(Reason::UnsupportedCodec, "the codec is unknown");
        let codec = Codec::of_content(&head.headers).map_err(unsupported)?;
        let reply_codec = Codec::of_reply(&head.headers, codec).map_err(unsupported)?;
        self.verifier.open_session(request, codec, content, reply_codec).await
    }

    /// Signs the reply to `request` with complete content.
    ///
    /// # Errors
    /// [`SigningError`], as for [`ReplySigner::sign`]. The reply must then not be sent, because the
    /// caller would refuse it.
    pub async fn sign(
        &self,
        request: &VerifiedRequest,
        reply: Response<Bytes>,
    ) -> Result<Response<Bytes>, SigningError> {
        let (mut parts, content) = reply.into_parts();
        self.replies.sign(request, parts.status, &mut parts.headers, &content).await?;
        Ok(Response::from_parts(parts, content))
    }

    /// Begins a stream in answer to `request` and writes its head into `headers`.
    ///
    /// # Errors
    /// [`SigningError`], as for [`ReplySigner::open_stream`].
    pub async fn open_stream(
        &self,
        request: VerifiedRequest,
        headers: &mut HeaderMap,
    ) -> Result<EventStreamSigner, SigningError> {
        self.replies.open_stream(request, headers).await
    }
}
