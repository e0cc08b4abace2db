//! Signing of requests by the caller.

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

/// A signer of requests, with the key of one account (ERC-8128).
#[derive(Clone, Debug)]
pub struct RequestSigner {
    signer: Arc<dyn Signer>,
    chain: ChainId,
    validity: Duration,
    revision: Erc8128Revision,
    clock: Arc<dyn Clock>,
}

/// A signed request that is ready to be sent, and the data to verify its reply.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// The request with an absolute target.
    pub request: Request<Bytes>,
    /// The data to which the reply must be bound.
    pub pending: PendingReply,
}

impl RequestSigner {
    /// Creates a signer for the account of `signer` on `chain`. Signatures are valid for 30
    /// seconds.
    pub fn new(signer: Arc<dyn Signer>, chain: ChainId) -> Self {
        Self {
            signer,
            chain,
            validity: Duration::from_secs(30),
            revision: Erc8128Revision::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the validity of signatures, in whole seconds from 1 to 60.
    ///
    /// A shorter validity needs less memory at the miner, and clocks that agree better.
    #[must_use]
    pub fn with_validity(mut self, validity: Duration) -> Self {
        self.validity = validity.clamp(Duration::from_secs(1), LONGEST_VALIDITY);
        self
    }

    /// Sets the revision of ERC-8128, for miners that do not support the newest one.
    #[must_use]
    pub const fn with_revision(mut self, revision: Erc8128Revision) -> Self {
        self.revision = revision;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the address of the account that signs.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Returns the account that signs.
    pub fn account(&self) -> AccountId {
        AccountId::new(self.chain, self.signer.address())
    }

    /// Creates the request `POST {endpoint}/{S::NAME}` with `call` as its content, and signs it.
    ///
    /// Each attempt of a call needs its own request, because a signature is accepted only once.
    ///
    /// # Errors
    /// [`SigningError`] names the fault.
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

    /// Creates the same request as [`call`](Self::call) for a service that is known only by its
    /// name. `content` is already encoded with the codec of the envelope.
    ///
    /// # Errors
    /// [`SigningError::ServiceName`] if the name is not valid for a service; [`SigningError`].
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

    /// Signs a request with an absolute target by setting the fields of the protocol in `parts`.
    ///
    /// `content` is the body as it is sent, byte for byte, without a content coding.
    ///
    /// # Errors
    /// [`SigningError`] names the fault. The fields of `parts` are unspecified then.
    pub async fn sign(
        &self,
        parts: &mut Parts,
        content: &[u8],
        envelope: &Envelope,
    ) -> Result<PendingReply, SigningError> {
        self.sign_with_nonce(parts, content, envelope, Nonce::random()?).await
    }

    /// Signs as [`sign`](Self::sign) does, with a nonce from the caller. The nonce must have at
    /// least 128 random bits and must never have been used before.
    ///
    /// # Errors
    /// [`SigningError`] names the fault.
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
