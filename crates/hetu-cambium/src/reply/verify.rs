//! The caller's side.

use hetu_chain::{Address, Clock, Retryability, Signature, personal_message_hash, recover_address};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::request::unix_time;
use crate::signature::{Candidate, Message, Parameter, SignatureFields, SignatureFieldsError};
use crate::{
    AcceptanceWindow, AccountId, Codec, Component, InvalidContentDigest, PendingReply, fields,
    signature_base, verify_content_digest,
};

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
        let candidates = SignatureFields::parse(headers)
            .and_then(|fields| fields.candidates(super::TAG))
            .map_err(|error| match error {
                SignatureFieldsError::Missing => ReplyRefusal::Unsigned,
                SignatureFieldsError::Malformed | SignatureFieldsError::TooLarge => {
                    ReplyRefusal::Malformed
                }
            })?;
        verify_content_digest(headers, content)?;
        let message = Message::Reply { status, headers, request: self.binding.view() };
        let mut first_failure = None;
        for candidate in candidates {
            let outcome = match candidate {
                Ok(candidate) => self.verify_candidate(&candidate, headers, &message, clock),
                Err(_) => Err(ReplyRefusal::Malformed),
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(refusal) => first_failure = first_failure.or(Some(refusal)),
            }
        }
        Err(first_failure.unwrap_or(ReplyRefusal::Unsigned))
    }

    fn verify_candidate(
        &self,
        candidate: &Candidate,
        headers: &HeaderMap,
        message: &Message<'_>,
        clock: &dyn Clock,
    ) -> Result<(), ReplyRefusal> {
        let Candidate { input, signature } = candidate;
        let mut required = vec![Component::STATUS, Component::field(fields::CONTENT_DIGEST)];
        if headers.contains_key(CONTENT_TYPE) {
            required.push(Component::field(CONTENT_TYPE));
        }
        required.extend(self.binding.covered_components());
        if !required.iter().all(|component| input.covers(component)) {
            return Err(ReplyRefusal::InsufficientCoverage);
        }
        if input.parameter("alg") != Parameter::Absent {
            return Err(ReplyRefusal::Malformed);
        }
        let Parameter::String(keyid) = input.parameter("keyid") else {
            return Err(ReplyRefusal::Malformed);
        };
        let account: AccountId = keyid.parse().map_err(|_| ReplyRefusal::Malformed)?;
        if account != AccountId::new(self.chain, self.recipient) {
            return Err(ReplyRefusal::WrongSigner { expected: self.recipient, claimed: account });
        }
        if input.parameter("nonce") != Parameter::String(self.binding.nonce.as_str()) {
            return Err(ReplyRefusal::WrongNonce);
        }
        let (Some(created), Some(expires)) =
            (unix_time(input, "created"), unix_time(input, "expires"))
        else {
            return Err(ReplyRefusal::Malformed);
        };
        AcceptanceWindow::default()
            .check(created, expires, clock.unix_seconds())
            .map_err(|_| ReplyRefusal::WrongTime)?;

        let base = signature_base(input, message).map_err(|_| ReplyRefusal::Malformed)?;
        let hash = personal_message_hash(base.as_bytes());
        let signer =
            Signature::parse(signature).and_then(|signature| recover_address(&hash, &signature));
        if signer == Ok(self.recipient) { Ok(()) } else { Err(ReplyRefusal::BadSignature) }
    }
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
