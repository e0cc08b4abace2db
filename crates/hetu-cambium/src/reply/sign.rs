//! Signing of replies by the miner.

use std::sync::Arc;

use hetu_chain::identity::SigningRequest;
use hetu_chain::{Address, ChainId, Clock, Signer, SystemClock};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::message_signature::{Part, SignatureDraft};
use crate::session::{self, make_code};
use crate::signature::Message;
use crate::{AccountId, SigningError, VerifiedRequest, content_digest, fields};

/// Validity of a reply in seconds. It can be long, because the nonce binds the reply to one
/// request.
const VALIDITY: u64 = 60;

/// A signer of replies, with the key of one miner or with that of the request's session.
#[derive(Clone, Debug)]
pub struct ReplySigner {
    signer: Arc<dyn Signer>,
    chain: ChainId,
    clock: Arc<dyn Clock>,
}

impl ReplySigner {
    /// Creates a signer for the account of `signer` on `chain`.
    pub fn new(signer: Arc<dyn Signer>, chain: ChainId) -> Self {
        Self { signer, chain, clock: Arc::new(SystemClock) }
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the address of the miner.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs the reply to `request` by setting `Content-Digest`, `Signature-Input` and `Signature`
    /// in `headers`.
    ///
    /// Refusals of a verified request are signed like any other reply. `content` is the body as it
    /// is sent, byte for byte, without a content coding. `Content-Type` must be set before.
    ///
    /// # Errors
    /// [`SigningError::Signer`] if the signer fails, [`SigningError::Base`] if the content type is
    /// not printable ASCII.
    pub async fn sign(
        &self,
        request: &VerifiedRequest,
        status: StatusCode,
        headers: &mut HeaderMap,
        content: &[u8],
    ) -> Result<(), SigningError> {
        headers.insert(fields::CONTENT_DIGEST, content_digest(content));
        self.sign_head(request, status, headers).await.map(drop)
    }

    /// Signs status, fields and request, and returns the signed text. The content is signed only if
    /// `headers` holds its digest.
    pub(crate) async fn sign_head(
        &self,
        request: &VerifiedRequest,
        status: StatusCode,
        headers: &mut HeaderMap,
    ) -> Result<Vec<u8>, SigningError> {
        let binding = &request.binding;
        let own = [
            (Part::Status, true),
            (Part::ContentDigest, headers.contains_key(fields::CONTENT_DIGEST)),
            (Part::ContentType, headers.contains_key(CONTENT_TYPE)),
        ];
        let own = own.into_iter().filter_map(|(part, is_there)| is_there.then_some(part));
        let created = self.clock.unix_seconds();
        let draft = SignatureDraft::new(own.chain(binding.parts()).collect())
            .with_integer("created", created)
            .with_integer("expires", created.saturating_add(VALIDITY))
            .with_string("nonce", binding.nonce.as_str());
        let draft = match request.session() {
            None => {
                let account = AccountId::new(self.chain, self.signer.address());
                draft.with_string("keyid", &account.to_string()).with_string("tag", super::TAG)
            }
            Some(session) => draft
                .with_string("keyid", &session.id().keyid())
                .with_string("alg", session::ALGORITHM)
                .with_string("tag", session::TAG),
        };
        let base = draft.base(Message::Reply { status, headers, request: binding.view() })?;
        let signature = self.sign_text(request, &base).await?;
        draft.finish(&signature, headers);
        Ok(base)
    }

    /// Signs `text` for the caller of `request` with the same kind of key. A request in a session
    /// gets a signature of the session.
    pub(crate) async fn sign_text(
        &self,
        request: &VerifiedRequest,
        text: &[u8],
    ) -> Result<Vec<u8>, SigningError> {
        Ok(match request.session() {
            None => {
                let signed = self.signer.sign(SigningRequest::PersonalMessage(text)).await?;
                signed.as_bytes().to_vec()
            }
            Some(session) => make_code(&session.keys().reply, text).to_vec(),
        })
    }
}
