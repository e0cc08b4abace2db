//! The miner's side.

use std::sync::Arc;

use hetu_chain::{Address, ChainId, Clock, Signer, SystemClock};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::signature::{Message, SignatureInput, sign_base, signature_base, signature_fields};
use crate::{AccountId, Component, SigningError, VerifiedRequest, content_digest, fields};

/// How long a reply is valid, in seconds. Its nonce already ties it to one request.
const VALIDITY: u64 = 60;

/// Signs replies with the key of one miner.
#[derive(Clone, Debug)]
pub struct ReplySigner {
    signer: Arc<dyn Signer>,
    chain: ChainId,
    clock: Arc<dyn Clock>,
}

impl ReplySigner {
    /// Signs as the account of `signer` on `chain`.
    pub fn new(signer: Arc<dyn Signer>, chain: ChainId) -> Self {
        Self { signer, chain, clock: Arc::new(SystemClock) }
    }

    /// The clock that says what time it is.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The address of the miner.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs the reply to `request`, by setting `Content-Digest`, `Signature-Input` and
    /// `Signature` in `headers`.
    ///
    /// Refusals of a verified request are signed like any other reply. `content` is what is sent
    /// as the body, byte for byte, without a content coding; `Content-Type` must be set before.
    ///
    /// # Errors
    /// [`SigningError::Signer`] if the signer does not sign, [`SigningError::Base`] if the content
    /// type is not printable ASCII.
    pub async fn sign(
        &self,
        request: &VerifiedRequest,
        status: StatusCode,
        headers: &mut HeaderMap,
        content: &[u8],
    ) -> Result<(), SigningError> {
        headers.insert(fields::CONTENT_DIGEST, content_digest(content));
        let binding = &request.binding;
        let mut components = vec![Component::STATUS, Component::field(fields::CONTENT_DIGEST)];
        if headers.contains_key(CONTENT_TYPE) {
            components.push(Component::field(CONTENT_TYPE));
        }
        components.extend(binding.covered_components());

        let created = self.clock.unix_seconds();
        let account = AccountId::new(self.chain, self.signer.address());
        let input = SignatureInput::new(components)
            .with_integer("created", created)
            .with_integer("expires", created + VALIDITY)
            .with_string("nonce", binding.nonce.as_str())
            .with_string("keyid", &account.to_string())
            .with_string("tag", super::TAG);
        let message = Message::Reply { status, headers, request: binding.view() };
        let base = signature_base(&input, &message)?;
        let signature = sign_base(&*self.signer, &base).await?;
        let (input, signature) = signature_fields(&input, &signature);
        headers.insert(fields::SIGNATURE_INPUT, input);
        headers.insert(fields::SIGNATURE, signature);
        Ok(())
    }
}
