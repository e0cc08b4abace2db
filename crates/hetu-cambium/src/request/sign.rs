//! The caller's side: from a value to signed bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_chain::identity::SigningRequest;
use hetu_chain::{Address, ChainId, Clock, Signer, SystemClock};
use http::request::Parts;
use http::{Request, Uri};

use super::draft::{Authenticator, PendingReply, RequestDraft, call_parts, named_call_parts};
use super::envelope::Envelope;
use super::revision::Erc8128Revision;
use super::signing_error::SigningError;
use crate::{AccountId, Nonce, Service, is_service_name};

/// The longest validity that every verifier accepts.
const LONGEST_VALIDITY: Duration = Duration::from_secs(60);

/// Signs requests with the key of one account (ERC-8128).
#[derive(Clone, Debug)]
pub struct RequestSigner {
    signer: Arc<dyn Signer>,
    chain: ChainId,
    validity: Duration,
    revision: Erc8128Revision,
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

impl RequestSigner {
    /// Signs as the account of `signer` on `chain`. Signatures are valid for 30 seconds.
    pub fn new(signer: Arc<dyn Signer>, chain: ChainId) -> Self {
        Self {
            signer,
            chain,
            validity: Duration::from_secs(30),
            revision: Erc8128Revision::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Makes signatures that are valid for `validity`, in whole seconds from 1 to 60.
    ///
    /// The shorter it is, the less a miner has to remember, and the better the clocks must agree.
    #[must_use]
    pub fn with_validity(mut self, validity: Duration) -> Self {
        self.validity = validity.clamp(Duration::from_secs(1), LONGEST_VALIDITY);
        self
    }

    /// Signs by another revision of ERC-8128 than the newest, for miners that speak no newer one.
    #[must_use]
    pub const fn with_revision(mut self, revision: Erc8128Revision) -> Self {
        self.revision = revision;
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

    /// The account that signs.
    pub fn account(&self) -> AccountId {
        AccountId::new(self.chain, self.signer.address())
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
        let mut parts = call_parts::<S>(endpoint)?;
        let pending = self.sign(&mut parts, &content, envelope).await?;
        Ok(SignedRequest { request: Request::from_parts(parts, content), pending })
    }

    /// As [`call`](Self::call), for a service that is known by its name alone. `content` is
    /// already written by the codec of the envelope.
    ///
    /// # Errors
    /// [`SigningError::ServiceName`] if no service can have that name; [`SigningError`].
    pub async fn call_named(
        &self,
        endpoint: &Uri,
        service: &str,
        content: Bytes,
        envelope: &Envelope,
    ) -> Result<SignedRequest, SigningError> {
        if !is_service_name(service) {
            return Err(SigningError::ServiceName);
        }
        let mut parts = named_call_parts(endpoint, service)?;
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
        self.sign_with_nonce(parts, content, envelope, Nonce::random()?).await
    }

    /// As [`sign`](Self::sign), with a nonce of the caller's own, which must have at least 128
    /// random bits and never have been used before.
    ///
    /// # Errors
    /// [`SigningError`] says what is wrong.
    pub async fn sign_with_nonce(
        &self,
        parts: &mut Parts,
        content: &[u8],
        envelope: &Envelope,
        nonce: Nonce,
    ) -> Result<PendingReply, SigningError> {
        let draft = RequestDraft::for_wallet(parts, content, envelope, self.revision)?;
        let created = self.clock.unix_seconds();
        let mut signature_draft = draft
            .signature(parts)
            .with_integer("created", created)
            .with_integer("expires", created.saturating_add(self.validity.as_secs()))
            .with_string("nonce", nonce.as_str())
            .with_string("keyid", &self.revision.keyid(self.account()));
        if self.revision == Erc8128Revision::Newest {
            signature_draft = signature_draft.with_string("tag", super::TAG);
        }
        let base = draft.base(parts, &signature_draft)?;
        let signature = self.signer.sign(SigningRequest::PersonalMessage(&base)).await?;
        let authenticator = Authenticator::Wallet { chain: self.chain };
        Ok(draft.finish(parts, signature_draft, signature.as_bytes(), nonce, authenticator))
    }
}
