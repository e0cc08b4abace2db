//! Signers that call a remote key over JSON-RPC.

mod answer;
mod protocol;

use std::fmt;
use std::time::Duration;

use jsonrpsee::core::client::{ClientT, Error as ClientError};
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use protocol::SignerProtocol;

use self::protocol::Question;
use crate::future::ReadyOrBoxed;
use crate::identity::{Signer, SignerError, SigningRequest};
use crate::network::RpcUrl;
use crate::text::ForeignError;
use crate::{Address, Signature};

/// Long enough for a person to read and approve the request.
const DEADLINE: Duration = Duration::from_secs(60);
/// More than twice the largest transaction that nodes accept, in hexadecimal.
const MAX_ANSWER_BYTES: u32 = 1024 * 1024;
/// The maximum length of a service's reason that is displayed.
const MAX_REASON_LENGTH: usize = 200;
const METHOD_NOT_FOUND: i32 = -32_601;

/// A signer that calls a service with the key: Clef, a node with unlocked accounts, or a gateway to
/// a hardware module.
///
/// The service receives the complete transaction or message, so that it can display it or apply
/// rules to it, and is never asked to sign bare hashes. It is not trusted: an answer is discarded
/// unless it is a signature by the account over exactly the requested content. No request is
/// repeated.
///
/// Any client that reaches the service can request signatures. Keep the service on this machine or
/// behind TLS and a password.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use hetu_chain::{Hetutensor, identity::{RemoteSigner, SignerProtocol}, network::presets};
///
/// let account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse()?;
/// let signer =
///     RemoteSigner::new("http://127.0.0.1:8550".parse()?, account, SignerProtocol::Clef)?;
/// signer.check_account().await?;
/// let hetu = Hetutensor::connect(presets::local()).await?.with_signer(Arc::new(signer));
/// # Ok(())
/// # }
/// ```
pub struct RemoteSigner {
    client: HttpClient,
    endpoint: RpcUrl,
    account: Address,
    protocol: SignerProtocol,
    deadline: Duration,
}

impl RemoteSigner {
    /// Creates a signer for `account`, which the service at `endpoint` holds. Sends no request yet.
    ///
    /// # Errors
    /// [`SignerError::Unavailable`] if the endpoint cannot be used, for example a websocket one.
    pub fn new(
        endpoint: RpcUrl,
        account: Address,
        protocol: SignerProtocol,
    ) -> Result<Self, SignerError> {
        let client = HttpClientBuilder::default()
            // `ask` enforces the deadline, because only `ask` knows the configured one.
            .request_timeout(Duration::MAX)
            .max_response_size(MAX_ANSWER_BYTES)
            .build(endpoint.expose())
            .map_err(|error| SignerError::Unavailable { reason: ForeignError::new(error) })?;
        Ok(Self { client, endpoint, account, protocol, deadline: DEADLINE })
    }

    /// Sets the longest wait for an answer; 60 seconds by default.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Returns the accounts that the service reports.
    ///
    /// # Errors
    /// [`SignerError`].
    pub async fn accounts(&self) -> Result<Vec<Address>, SignerError> {
        self.ask(Question::accounts(self.protocol)).await
    }

    /// Verifies that the service holds the account, before a signature is needed.
    ///
    /// # Errors
    /// [`SignerError::Unsupported`] if it does not; otherwise those of [`RemoteSigner::accounts`].
    pub async fn check_account(&self) -> Result<(), SignerError> {
        if self.accounts().await?.contains(&self.account) {
            return Ok(());
        }
        let reason = format!("{} does not keep the account {}", self.endpoint, self.account);
        Err(SignerError::Unsupported { reason })
    }

    async fn sign_remotely(&self, request: SigningRequest<'_>) -> Result<Signature, SignerError> {
        let question = Question::signature(self.protocol, self.account, &request)?;
        let answer: Value = self.ask(question).await?;
        answer::signature(&answer, &request, self.account)
    }

    async fn ask<T: DeserializeOwned>(&self, question: Question) -> Result<T, SignerError> {
        let Question { method, parameters } = question;
        let asked = self.client.request(method, parameters);
        match tokio::time::timeout(self.deadline, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failure(method, error)),
            Err(_) => Err(SignerError::TimedOut { limit: self.deadline }),
        }
    }

    fn failure(&self, method: &str, error: ClientError) -> SignerError {
        match error {
            ClientError::Call(object) if object.code() == METHOD_NOT_FOUND => {
                let reason = format!("{} has no {method}: try the other protocol", self.endpoint);
                SignerError::Unsupported { reason }
            }
            ClientError::Call(object) => {
                SignerError::Refused { reason: readable(object.message()) }
            }
            ClientError::ParseError(error) => {
                SignerError::WrongAnswer { reason: ForeignError::new(error).in_context(method) }
            }
            other => SignerError::Unavailable {
                reason: ForeignError::new(other).in_context(&self.endpoint),
            },
        }
    }
}

/// Returns a foreign text in a form that is safe for a terminal and a log.
fn readable(text: &str) -> String {
    let shown = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(MAX_REASON_LENGTH).map(shown).collect()
}

impl Signer for RemoteSigner {
    fn address(&self) -> Address {
        self.account
    }

    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>> {
        ReadyOrBoxed::boxed(self.sign_remotely(request))
    }
}

impl fmt::Debug for RemoteSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RemoteSigner")
            .field("endpoint", &self.endpoint)
            .field("account", &self.account)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}
