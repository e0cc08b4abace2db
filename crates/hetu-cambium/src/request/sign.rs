//! The caller's side: from a value to signed bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_chain::{Address, ChainId, Clock, Retryability, Signer, SignerError, SystemClock};
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Uri};

use super::binding::RequestBinding;
use super::envelope::Envelope;
use crate::signature::{
    Authority, InvalidAuthority, Message, RequestView, Scheme, SignatureInput, sign_base,
    signature_base, signature_fields,
};
use crate::{
    AccountId, BaseError, Codec, CodecError, Component, Nonce, PROTOCOL_VERSION,
    RandomnessUnavailable, Service, content_digest, fields,
};

/// The longest validity that every verifier accepts.
const LONGEST_VALIDITY: Duration = Duration::from_secs(60);

/// Signs requests with the key of one account (ERC-8128).
#[derive(Clone, Debug)]
pub struct RequestSigner {
    signer: Arc<dyn Signer>,
    chain: ChainId,
    validity: Duration,
    clock: Arc<dyn Clock>,
}

/// A signed request, ready to be sent, and what to hold its reply against.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// The request with an absolute target.
    pub request: Request<Bytes>,
    /// What the reply must be bound to.
    pub pending: PendingReply,
}

/// What the reply to one signed request must be bound to. See [`PendingReply::verify`].
#[derive(Clone, Debug)]
pub struct PendingReply {
    pub(crate) chain: ChainId,
    pub(crate) recipient: Address,
    pub(crate) codec: Codec,
    pub(crate) binding: RequestBinding,
}

impl RequestSigner {
    /// Signs as the account of `signer` on `chain`. Signatures are valid for 30 seconds.
    pub fn new(signer: Arc<dyn Signer>, chain: ChainId) -> Self {
        Self { signer, chain, validity: Duration::from_secs(30), clock: Arc::new(SystemClock) }
    }

    /// Makes signatures that are valid for `validity`, in whole seconds from 1 to 60.
    ///
    /// The shorter it is, the less a miner has to remember, and the better the clocks must agree.
    #[must_use]
    pub fn with_validity(mut self, validity: Duration) -> Self {
        self.validity = validity.clamp(Duration::from_secs(1), LONGEST_VALIDITY);
        self
    }

    /// The clock that says what time it is.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The address of the account that signs.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Makes the request `POST {endpoint}/{S::NAME}` with `call` as its content, and signs it.
    ///
    /// Each attempt at a call needs a request of its own: a signature counts once.
    ///
    /// # Errors
    /// [`SigningError`] says what is wrong.
    pub async fn call<S: Service>(
        &self,
        endpoint: &Uri,
        call: &S::Request,
        envelope: &Envelope,
    ) -> Result<SignedRequest, SigningError> {
        let content = envelope.codec.encode(call)?;
        let base = endpoint.to_string();
        let target = format!("{}/{}", base.trim_end_matches('/'), S::NAME);
        let (mut parts, ()) = Request::builder()
            .method(Method::POST)
            .uri(target)
            .body(())
            .map_err(|_| SigningError::NotAbsolute)?
            .into_parts();
        let pending = self.sign(&mut parts, &content, envelope).await?;
        Ok(SignedRequest { request: Request::from_parts(parts, content), pending })
    }

    /// Signs a request with an absolute target, by setting the fields of the protocol in `parts`.
    ///
    /// `content` is what is sent as the body, byte for byte, without a content coding.
    ///
    /// # Errors
    /// [`SigningError`] says what is wrong. The fields of `parts` are unspecified then.
    pub async fn sign(
        &self,
        parts: &mut Parts,
        content: &[u8],
        envelope: &Envelope,
    ) -> Result<PendingReply, SigningError> {
        let nonce = Nonce::random()?;
        self.sign_with_nonce(parts, content, envelope, nonce).await
    }

    pub(crate) async fn sign_with_nonce(
        &self,
        parts: &mut Parts,
        content: &[u8],
        envelope: &Envelope,
        nonce: Nonce,
    ) -> Result<PendingReply, SigningError> {
        let scheme = Scheme::of_uri(&parts.uri).ok_or(SigningError::NotAbsolute)?;
        let authority = sent_authority(parts, scheme)?;
        set_fields(parts, content, envelope);

        let created = self.clock.unix_seconds();
        let account = AccountId::new(self.chain, self.signer.address());
        let input = SignatureInput::new(covered_components())
            .with_integer("created", created)
            .with_integer("expires", created + self.validity.as_secs())
            .with_string("nonce", nonce.as_str())
            .with_string("keyid", &account.to_string())
            .with_string("tag", super::TAG);
        let request = RequestView {
            method: &parts.method,
            scheme,
            authority: &authority,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        let base = signature_base(&input, &Message::Request(request))?;
        let signature = sign_base(&*self.signer, &base).await?;
        let (input, signature) = signature_fields(&input, &signature);
        parts.headers.insert(fields::SIGNATURE_INPUT, input);
        parts.headers.insert(fields::SIGNATURE, signature);

        Ok(PendingReply {
            chain: self.chain,
            recipient: envelope.recipient,
            codec: envelope.codec,
            binding: RequestBinding {
                method: parts.method.clone(),
                uri: parts.uri.clone(),
                scheme,
                authority,
                headers: RequestBinding::bound_fields(&parts.headers),
                nonce,
            },
        })
    }
}

fn set_fields(parts: &mut Parts, content: &[u8], envelope: &Envelope) {
    let headers = &mut parts.headers;
    let recipient = envelope.recipient.to_lower_hex();
    #[expect(clippy::expect_used, reason = "hexadecimal digits are visible ASCII")]
    let recipient = HeaderValue::try_from(recipient).expect("a field value");
    headers.insert(CONTENT_TYPE, envelope.codec.content_type());
    headers.insert(fields::CONTENT_DIGEST, content_digest(content));
    headers.insert(fields::CAMBIUM_VERSION, PROTOCOL_VERSION.into());
    headers.insert(fields::HETU_NETUID, envelope.netuid.get().into());
    headers.insert(fields::HETU_RECIPIENT, recipient);
    headers.insert(fields::HETU_TIMEOUT_MS, envelope.timeout_milliseconds().into());
}

/// What our requests cover: the request-bound set of ERC-8128 and the fields of the protocol.
fn covered_components() -> impl Iterator<Item = Component> {
    [
        Component::SCHEME,
        Component::AUTHORITY,
        Component::METHOD,
        Component::PATH,
        Component::QUERY,
        Component::field(fields::CONTENT_DIGEST),
        Component::field(CONTENT_TYPE),
    ]
    .into_iter()
    .chain(fields::CALL_FIELDS.into_iter().map(Component::field))
}

/// The authority that the miner will see. A field `Host` that says something else than the target
/// would make the miner see another one than some client libraries send.
fn sent_authority(parts: &Parts, scheme: Scheme) -> Result<Authority, SigningError> {
    let target = Authority::of_request(&parts.uri, &parts.headers, scheme)?;
    if let Some(host) = parts.headers.get(HOST) {
        let host = host.to_str().map_err(|_| InvalidAuthority)?;
        if Authority::parse(host, scheme)? != target {
            return Err(SigningError::ConflictingHost);
        }
    }
    Ok(target)
}

/// Why a message was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The target has no scheme, or another one than `http` and `https`.
    #[error("the target of the request must be an absolute http or https URI")]
    NotAbsolute,
    /// The target has no valid authority.
    #[error("the target of the request: {0}")]
    Authority(#[from] InvalidAuthority),
    /// The field `Host` and the target name different authorities.
    #[error("the field host and the target of the request name different hosts")]
    ConflictingHost,
    /// A covered component cannot be signed.
    #[error("the message cannot be signed: {0}")]
    Base(#[from] BaseError),
    /// The content cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// There is no randomness for the nonce.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    /// The signer did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

impl SigningError {
    /// Whether trying again can help.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Signer(error) => error.retryability(),
            Self::Randomness(_) => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
