//! A key on another machine, behind JSON-RPC.

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

/// Long enough for somebody to read what is asked and to approve it.
const DEADLINE: Duration = Duration::from_secs(60);
/// Above twice the largest transaction that nodes take, in hexadecimal.
const MAX_ANSWER_BYTES: u32 = 1024 * 1024;
/// What a service says is shown; no more of it than people read.
const MAX_REASON_LENGTH: usize = 200;
const METHOD_NOT_FOUND: i32 = -32_601;

/// Signs by asking a service that holds the key: Clef, a node with unlocked accounts, or a gateway
/// to a hardware module.
///
/// The service gets the whole transaction or message, so that it can show it or have rules about
/// it, and is not asked to sign bare hashes. It is not trusted: its answer is thrown away unless it
/// is a signature by the account, and over exactly what was asked. Nothing is asked twice.
///
/// Whoever can reach the service can have anything signed; keep it on this machine or behind TLS
/// and a password.
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
    /// A signer for `account`, which the service at `endpoint` keeps. Nothing is asked yet.
    ///
    /// # Errors
    /// [`SignerError::Unavailable`] if the endpoint cannot be used, as one of websockets.
    pub fn new(
        endpoint: RpcUrl,
        account: Address,
        protocol: SignerProtocol,
    ) -> Result<Self, SignerError> {
        let client = HttpClientBuilder::default()
            // The deadline is kept by `ask`, which knows the one that was asked for.
            .request_timeout(Duration::MAX)
            .max_response_size(MAX_ANSWER_BYTES)
            .build(endpoint.expose())
            .map_err(|error| SignerError::Unavailable { reason: ForeignError::new(error) })?;
        Ok(Self { client, endpoint, account, protocol, deadline: DEADLINE })
    }

    /// The same signer, which waits no longer than `deadline` for an answer; 60 seconds without
    /// this.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The accounts that the service says it keeps.
    ///
    /// # Errors
    /// [`SignerError`].
    pub async fn accounts(&self) -> Result<Vec<Address>, SignerError> {
        self.ask(Question::accounts(self.protocol)).await
    }

    /// Makes sure that the service keeps the account, before there is something to sign.
    ///
    /// # Errors
    /// [`SignerError::Unsupported`] if it does not; else as [`RemoteSigner::accounts`].
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

/// The text of a stranger, fit for a terminal and a log.
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
