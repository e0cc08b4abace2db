//! The caller's side.

use hetu_chain::{Address, Clock, Retryability, personal_message_hash};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::request::{Authenticator, is_signed_by, unix_time};
use crate::session::{self, is_code};
use crate::signature::{
    Candidate, Labels, Message, Parameter, SignatureFields, SignatureFieldsError,
};
use crate::{
    AcceptanceWindow, AccountId, Codec, Component, InvalidContentDigest, PendingReply, fields,
    signature_base, verify_content_digest,
};

/// A reply as far as its signature goes: status, fields and the request.
struct Head<'a> {
    message: Message<'a>,
    required: Vec<Component>,
    /// The present; if there is none, each signature is judged at its own time.
    now: Option<u64>,
}

/// A head that the recipient signed: the text, and when.
pub(crate) struct SignedHead {
    pub(crate) base: String,
    pub(crate) created: u64,
}

impl PendingReply {
    /// The miner that was called, and whose signature the reply must bear.
    pub const fn recipient(&self) -> Address {
        self.recipient
    }

    /// The codec of the request, and of the reply unless its `Content-Type` says otherwise.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Verifies that the recipient signed this reply to this very request, and that `content`
    /// came as it was sent.
    ///
    /// The default window applies: a skew of 30 seconds and a validity of at most 60.
    ///
    /// # Errors
    /// [`ReplyRefusal`] says what is wrong; whatever the reply says is then nobody's word.
    pub fn verify(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        content: &[u8],
        clock: &dyn Clock,
    ) -> Result<(), ReplyRefusal> {
        let candidates = self.candidates(headers)?;
        verify_content_digest(headers, content)?;
        let head =
            self.head(status, headers, Some(content_digest_field()), Some(clock.unix_seconds()));
        self.verify_head(&candidates, &head).map(drop)
    }

    /// Verifies a reply without its content, at its own time, and returns when it was signed.
    pub(crate) fn verify_evidence(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<u64, ReplyRefusal> {
        let candidates = self.candidates(headers)?;
        let head = self.head(status, headers, Some(content_digest_field()), None);
        self.verify_head(&candidates, &head).map(|head| head.created)
    }

    /// Verifies a reply whose content is still to come and proves itself, and returns the text
    /// that was signed.
    pub(crate) fn verify_open_head(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        now: u64,
    ) -> Result<String, ReplyRefusal> {
        let candidates = self.candidates(headers)?;
        let head = self.head(status, headers, None, Some(now));
        self.verify_head(&candidates, &head).map(|head| head.base)
    }

    /// Whether the recipient signed `text`, by its wallet or in the session of the request.
    pub(crate) fn is_signed(&self, text: &str, signature: &[u8]) -> bool {
        match &self.authenticator {
            Authenticator::Wallet { .. } => {
                is_signed_by(self.recipient, &personal_message_hash(text.as_bytes()), signature)
            }
            Authenticator::Session { keys, .. } => is_code(&keys.reply, text.as_bytes(), signature),
        }
    }

    fn candidates(
        &self,
        headers: &HeaderMap,
    ) -> Result<Vec<Result<Candidate, ReplyRefusal>>, ReplyRefusal> {
        let tag = match &self.authenticator {
            Authenticator::Wallet { .. } => super::TAG,
            Authenticator::Session { .. } => session::TAG,
        };
        let is_wanted = |labels: Labels<'_>| (labels.tag == Some(tag)).then_some(());
        let candidates = SignatureFields::parse(headers)
            .and_then(|fields| fields.candidates(is_wanted))
            .map_err(|error| match error {
                SignatureFieldsError::Missing => ReplyRefusal::Unsigned,
                SignatureFieldsError::Malformed | SignatureFieldsError::TooLarge => {
                    ReplyRefusal::Malformed
                }
            })?;
        let read =
            |((), candidate): ((), Result<_, _>)| candidate.map_err(|_| ReplyRefusal::Malformed);
        Ok(candidates.into_iter().map(read).collect())
    }

    fn head<'a>(
        &'a self,
        status: StatusCode,
        headers: &'a HeaderMap,
        digest: Option<Component>,
        now: Option<u64>,
    ) -> Head<'a> {
        let content_type =
            headers.contains_key(CONTENT_TYPE).then(|| Component::field(CONTENT_TYPE));
        let mut required = vec![Component::STATUS];
        required.extend(digest);
        required.extend(content_type);
        required.extend(self.binding.covered_components());
        let message = Message::Reply { status, headers, request: self.binding.view() };
        Head { message, required, now }
    }

    fn verify_head(
        &self,
        candidates: &[Result<Candidate, ReplyRefusal>],
        head: &Head<'_>,
    ) -> Result<SignedHead, ReplyRefusal> {
        let mut first_failure = None;
        for candidate in candidates {
            let outcome = match candidate {
                Ok(candidate) => self.verify_candidate(candidate, head),
                Err(refusal) => Err(refusal.clone()),
            };
            match outcome {
                Ok(signed) => return Ok(signed),
                Err(refusal) => first_failure = first_failure.or(Some(refusal)),
            }
        }
        Err(first_failure.unwrap_or(ReplyRefusal::Unsigned))
    }

    fn verify_candidate(
        &self,
        candidate: &Candidate,
        head: &Head<'_>,
    ) -> Result<SignedHead, ReplyRefusal> {
        let Candidate { input, signature } = candidate;
        if !head.required.iter().all(|component| input.covers(component)) {
            return Err(ReplyRefusal::InsufficientCoverage);
        }
        self.check_signer(input.parameter("keyid"), input.parameter("alg"))?;
        if input.parameter("nonce") != Parameter::String(self.binding.nonce.as_str()) {
            return Err(ReplyRefusal::WrongNonce);
        }
        let (Some(created), Some(expires)) =
            (unix_time(input, "created"), unix_time(input, "expires"))
        else {
            return Err(ReplyRefusal::Malformed);
        };
        AcceptanceWindow::default()
            .check(created, expires, head.now.unwrap_or(created))
            .map_err(|_| ReplyRefusal::WrongTime)?;

        let base = signature_base(input, &head.message).map_err(|_| ReplyRefusal::Malformed)?;
        if self.is_signed(&base, signature) {
            Ok(SignedHead { base, created })
        } else {
            Err(ReplyRefusal::BadSignature)
        }
    }

    fn check_signer(&self, keyid: Parameter<'_>, alg: Parameter<'_>) -> Result<(), ReplyRefusal> {
        let Parameter::String(keyid) = keyid else {
            return Err(ReplyRefusal::Malformed);
        };
        match &self.authenticator {
            Authenticator::Wallet { chain } => {
                if alg != Parameter::Absent {
                    return Err(ReplyRefusal::Malformed);
                }
                let claimed: AccountId = keyid.parse().map_err(|_| ReplyRefusal::Malformed)?;
                if claimed == AccountId::new(*chain, self.recipient) {
                    Ok(())
                } else {
                    Err(ReplyRefusal::WrongSigner { expected: self.recipient, claimed })
                }
            }
            Authenticator::Session { id, .. } => {
                if alg != Parameter::String(session::ALGORITHM) {
                    Err(ReplyRefusal::Malformed)
                } else if keyid != id.keyid() {
                    Err(ReplyRefusal::WrongSession)
                } else {
                    Ok(())
                }
            }
        }
    }
}

const fn content_digest_field() -> Component {
    Component::field(fields::CONTENT_DIGEST)
}

/// Why a reply is not the recipient's reply to the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyRefusal {
    /// The reply bears no signature of this protocol. A refusal that was made before the request
    /// was verified bears none, nor does the reply of a proxy.
    #[error("the reply is not signed")]
    Unsigned,
    /// The signature cannot be read.
    #[error("the signature of the reply is malformed")]
    Malformed,
    /// The signature leaves out a part of the reply or of the request.
    #[error("the signature of the reply does not cover enough")]
    InsufficientCoverage,
    /// The signature is said to be by another account than the one that was called.
    #[error("the reply is signed by {claimed} and not by {expected}")]
    WrongSigner {
        /// The miner that was called.
        expected: Address,
        /// The account that the signature names.
        claimed: AccountId,
    },
    /// The signature is of another session than the one in which the request was made.
    #[error("the reply is of another session")]
    WrongSession,
    /// The reply answers another request.
    #[error("the reply answers another request")]
    WrongNonce,
    /// The reply was signed too long ago or in the future, or is valid for too long.
    #[error("the times of the reply are not acceptable: compare the clocks")]
    WrongTime,
    /// The content is not what was signed.
    #[error("the reply: {0}")]
    ContentDigest(#[from] InvalidContentDigest),
    /// The recipient did not make the signature over this reply.
    #[error("the signature of the reply is not by the miner that was called")]
    BadSignature,
}

impl ReplyRefusal {
    /// Whether trying again can help: only where somebody between may have answered.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Unsigned => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
