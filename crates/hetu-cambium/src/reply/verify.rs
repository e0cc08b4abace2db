//! Verification of replies by the caller.

use hetu_chain::identity::personal_message_hash;
use hetu_chain::{Address, Clock, Retryability, Retryable};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::digest::verify_counted;
use crate::message_signature::{
    Base, BaseSink, FieldsError, Labels, MessageKind, Parameter, Parameters, Part, SignatureMember,
};
use crate::request::{Authenticator, is_signed_by};
use crate::session::{self, CodeMaker, is_code};
use crate::signature::Message;
use crate::{
    AcceptanceWindow, AccountId, Codec, HeadLimits, InvalidContentDigest, PendingReply, WorkCount,
};

/// The head of a reply with a signature that makes the required claims.
struct ClaimedHead<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    member: SignatureMember<'a>,
    created: u64,
}

impl PendingReply {
    /// Returns the miner that was called, which must sign the reply.
    pub const fn recipient(&self) -> Address {
        self.recipient
    }

    /// Returns the codec of the request. The reply has the same one unless its `Content-Type`
    /// differs.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Verifies that the recipient signed this reply to this request, and that `content` was not
    /// changed.
    ///
    /// The default window applies: a skew of 30 seconds and a validity of at most 60. A head of
    /// more than 100 fields or 64 KiB is refused before it is read.
    ///
    /// # Errors
    /// [`ReplyRefusal`] names the fault. The content of the reply must then not be trusted.
    pub fn verify(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        content: &[u8],
        clock: &dyn Clock,
    ) -> Result<(), ReplyRefusal> {
        self.verify_counted(status, headers, content, clock, &mut WorkCount::default())
    }

    /// Verifies as [`verify`](Self::verify) does, and adds the work for the reply to `work`,
    /// whatever the outcome.
    ///
    /// # Errors
    /// [`ReplyRefusal`], as for [`verify`](Self::verify).
    pub fn verify_counted(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        content: &[u8],
        clock: &dyn Clock,
        work: &mut WorkCount,
    ) -> Result<(), ReplyRefusal> {
        let now = Some(clock.unix_seconds());
        let head = self.claim(status, headers, ContentState::Whole, now, work)?;
        verify_counted(headers, content, work)?;
        self.prove(&head, work).map(drop)
    }

    /// Verifies a reply without its content, at its own time, and returns the time of its
    /// signature.
    pub(crate) fn verify_evidence(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<u64, ReplyRefusal> {
        let mut work = WorkCount::default();
        let head = self.claim(status, headers, ContentState::Whole, None, &mut work)?;
        self.prove(&head, &mut work)?;
        Ok(head.created)
    }

    /// Verifies the head of a reply with later content that is signed separately, and writes the
    /// signed text into `sink`.
    pub(crate) fn verify_open_head(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        now: u64,
        sink: &mut impl BaseSink,
    ) -> Result<(), ReplyRefusal> {
        let mut work = WorkCount::default();
        let head = self.claim(status, headers, ContentState::ToCome, Some(now), &mut work)?;
        self.prove(&head, &mut work)?.write(sink);
        Ok(())
    }

    /// Returns `true` if the recipient signed `text`, with its wallet or in the session of the
    /// request.
    pub(crate) fn is_signed(&self, text: &str, signature: &[u8]) -> bool {
        match &self.authenticator {
            Authenticator::Wallet { .. } => {
                let hash = personal_message_hash(text.as_bytes());
                is_signed_by(self.recipient, &hash, signature, &mut WorkCount::default())
            }
            Authenticator::Session { keys, .. } => is_code(&keys.reply, text.as_bytes(), signature),
        }
    }

    /// Reads the signature of a reply, and checks its coverage and its claims. Does not hash.
    fn claim<'a>(
        &self,
        status: StatusCode,
        headers: &'a HeaderMap,
        content: ContentState,
        now: Option<u64>,
        work: &mut WorkCount,
    ) -> Result<ClaimedHead<'a>, ReplyRefusal> {
        if !HeadLimits::default().admit(headers, 0) {
            return Err(ReplyRefusal::HeadTooLarge);
        }
        let member = self.member(headers, work)?;
        work.components += member.parts.as_slice().len();
        let own = [
            (Part::Status, true),
            (Part::ContentDigest, matches!(content, ContentState::Whole)),
            (Part::ContentType, headers.contains_key(CONTENT_TYPE)),
        ];
        let own = own.into_iter().filter_map(|(part, is_required)| is_required.then_some(part));
        if !own.chain(self.binding.parts()).all(|part| member.parts.contains(part)) {
            return Err(ReplyRefusal::InsufficientCoverage);
        }
        self.check_signer(&member.parameters)?;
        if !member.parameters.nonce.is(self.binding.nonce.as_str()) {
            return Err(ReplyRefusal::WrongNonce);
        }
        let times = (member.parameters.created.unix_time(), member.parameters.expires.unix_time());
        let (Some(created), Some(expires)) = times else {
            return Err(ReplyRefusal::Malformed);
        };
        AcceptanceWindow::default()
            .check(created, expires, now.unwrap_or(created))
            .map_err(|_| ReplyRefusal::WrongTime)?;
        Ok(ClaimedHead { status, headers, member, created })
    }

    fn member<'a>(
        &self,
        headers: &'a HeaderMap,
        work: &mut WorkCount,
    ) -> Result<SignatureMember<'a>, ReplyRefusal> {
        let tag = match &self.authenticator {
            Authenticator::Wallet { .. } => super::TAG,
            Authenticator::Session { .. } => session::TAG,
        };
        let is_wanted = |labels: Labels<'_>| (labels.tag == Some(tag)).then_some(());
        let ((), member) = SignatureMember::read(headers, MessageKind::Reply, is_wanted, work)
            .map_err(|error| match error {
                FieldsError::Missing | FieldsError::OtherKind => ReplyRefusal::Unsigned,
                FieldsError::Malformed | FieldsError::TooLarge => ReplyRefusal::Malformed,
            })?;
        member.map_err(|_| ReplyRefusal::Malformed)
    }

    fn check_signer(&self, parameters: &Parameters<'_>) -> Result<(), ReplyRefusal> {
        let keyid = parameters.keyid.as_str().ok_or(ReplyRefusal::Malformed)?;
        match &self.authenticator {
            Authenticator::Wallet { chain } => {
                if parameters.alg != Parameter::Absent {
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
                if !parameters.alg.is(session::ALGORITHM) {
                    Err(ReplyRefusal::Malformed)
                } else if keyid != id.keyid() {
                    Err(ReplyRefusal::WrongSession)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Checks that the recipient made the signature, and returns the signed base.
    fn prove<'a>(
        &'a self,
        head: &'a ClaimedHead<'a>,
        work: &mut WorkCount,
    ) -> Result<Base<'a>, ReplyRefusal> {
        let ClaimedHead { status, headers, member, .. } = head;
        let request = self.binding.view();
        let message = Message::Reply { status: *status, headers, request };
        let base =
            Base::new(message, &member.parts, &member.text).map_err(|_| ReplyRefusal::Malformed)?;
        let is_right = match &self.authenticator {
            Authenticator::Wallet { .. } => {
                let hash = base.personal_message_hash(work);
                is_signed_by(self.recipient, &hash, &member.signature, work)
            }
            Authenticator::Session { keys, .. } => {
                work.bytes_hashed += base.len();
                let mut code = CodeMaker::new(&keys.reply);
                base.write(&mut code);
                code.verify(&member.signature)
            }
        };
        if is_right { Ok(base) } else { Err(ReplyRefusal::BadSignature) }
    }
}

/// The state of a reply's content: complete, or still to arrive.
#[derive(Clone, Copy)]
enum ContentState {
    Whole,
    ToCome,
}

/// A reason why a reply is not the recipient's reply to the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyRefusal {
    /// A reply without a signature of this protocol, such as a refusal before the request was
    /// verified, or the reply of a proxy.
    #[error("the reply is not signed")]
    Unsigned,
    /// A signature that cannot be read.
    #[error("the signature of the reply is malformed")]
    Malformed,
    /// A head with more or longer fields than the limits allow.
    #[error("the head of the reply has more than 100 fields or 64 KiB")]
    HeadTooLarge,
    /// A signature that leaves out a part of the reply or of the request.
    #[error("the signature of the reply does not cover enough")]
    InsufficientCoverage,
    /// A signature that names another account than the called one.
    #[error("the reply is signed by {claimed} and not by {expected}")]
    WrongSigner {
        /// The miner that was called.
        expected: Address,
        /// The account that the signature names.
        claimed: AccountId,
    },
    /// A signature of another session than that of the request.
    #[error("the reply is of another session")]
    WrongSession,
    /// A reply to another request.
    #[error("the reply answers another request")]
    WrongNonce,
    /// A reply that was signed too long ago or in the future, or is valid for too long.
    #[error("the times of the reply are not acceptable: compare the clocks")]
    WrongTime,
    /// Content that does not match the signature.
    #[error("the reply: {0}")]
    ContentDigest(#[from] InvalidContentDigest),
    /// A signature that the recipient did not make over this reply.
    #[error("the signature of the reply is not by the miner that was called")]
    BadSignature,
}

impl Retryable for ReplyRefusal {
    /// Returns retryable for an unsigned reply, because a proxy may have sent it.
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unsigned => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
