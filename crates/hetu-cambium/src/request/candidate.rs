//! What is checked of one signature before any cryptography.

use std::sync::Arc;

use hetu_chain::ChainId;

use super::call_fields::Audience;
use super::coverage::uncovered;
use super::kind::SignatureKind;
use super::revision::Erc8128Revision;
use crate::account::parse_decimal;
use crate::session::{self, Session, SessionId, Sessions, unknown_session};
use crate::signature::{Candidate, CandidateError, Message, Parameter, RequestView};
use crate::{AcceptanceWindow, AccountId, Nonce, Reason, Refusal, SignatureInput, signature_base};

/// A signature that passed every check but the cryptographic one.
#[derive(Clone, Debug)]
pub(super) struct ClaimedSignature {
    /// The account that is said to have signed, or to have opened the session that did.
    pub(super) account: AccountId,
    pub(super) nonce: Nonce,
    pub(super) created: u64,
    pub(super) expires: u64,
    pub(super) signer: ClaimedSigner,
    pub(super) base: String,
    pub(super) signature: Vec<u8>,
}

/// Whose key is said to have made a signature.
#[derive(Clone, Debug)]
pub(super) enum ClaimedSigner {
    Account,
    Session { session: Arc<Session>, sequence: u64 },
}

/// What signatures are held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expectations<'a> {
    /// The chain of the accounts; any chain if nothing is expected.
    pub(super) chain: Option<ChainId>,
    pub(super) audience: Audience,
    pub(super) window: AcceptanceWindow,
    pub(super) sessions: Option<&'a Sessions>,
    /// A session that was fetched for this one request.
    pub(super) fetched: Option<&'a Arc<Session>>,
    /// The present; if there is none, each signature is judged at its own time.
    pub(super) now: Option<u64>,
}

impl ClaimedSignature {
    /// Checks shape, signer, time, nonce and coverage. No cryptography is done.
    pub(super) fn check(
        kind: SignatureKind,
        candidate: Result<Candidate, CandidateError>,
        request: RequestView<'_>,
        expected: Expectations<'_>,
    ) -> Result<Self, Refusal> {
        let Candidate { input, signature } = candidate.map_err(unreadable)?;
        let claimed = match kind {
            SignatureKind::Wallet(revision) => Claimed::account(&input, revision, expected.chain)?,
            SignatureKind::Session => Claimed::session(&input, expected)?,
        };
        let (created, expires) = times(&input)?;
        expected.window.check(created, expires, expected.now.unwrap_or(created))?;
        let nonce = nonce(&input)?;
        let (account, signer) = claimed.with_nonce(&nonce)?;
        if let Some(missing) = uncovered(&input, request, kind) {
            let detail = format!("the signature must cover {missing}");
            return Err(Refusal::new(Reason::InsufficientCoverage, detail));
        }
        let base = signature_base(&input, &Message::Request(request)).map_err(|_| {
            Refusal::new(
                Reason::SignatureInputInvalid,
                "the signature covers a component that the request does not have",
            )
        })?;
        Ok(Self { account, nonce, created, expires, signer, base, signature })
    }

    /// The session that has to be known before a signature can be checked further, if everything
    /// that can be checked without it is right.
    pub(super) fn missing_session(
        candidate: &Candidate,
        request: RequestView<'_>,
        expected: Expectations<'_>,
    ) -> Option<SessionId> {
        let Candidate { input, .. } = candidate;
        let id = session_id(input)?;
        let (created, expires) = times(input).ok()?;
        expected.window.check(created, expires, expected.now.unwrap_or(created)).ok()?;
        parse_decimal::<u64>(nonce(input).ok()?.as_str())?;
        let is_missing = expected.sessions?.find(&id).is_none();
        let is_covered = uncovered(input, request, SignatureKind::Session).is_none();
        (is_missing && is_covered).then_some(id)
    }

    /// The session in which the request is said to be.
    pub(super) fn session(&self) -> Option<&Arc<Session>> {
        match &self.signer {
            ClaimedSigner::Account => None,
            ClaimedSigner::Session { session, .. } => Some(session),
        }
    }
}

/// The signer that `keyid` and `alg` name.
enum Claimed {
    Account(AccountId),
    Session(Arc<Session>),
}

impl Claimed {
    fn account(
        input: &SignatureInput,
        revision: Erc8128Revision,
        chain: Option<ChainId>,
    ) -> Result<Self, Refusal> {
        let account = match input.parameter("keyid") {
            Parameter::String(text) => revision.account(text),
            _ => None,
        };
        let account = account.ok_or_else(|| {
            Refusal::new(Reason::InvalidKeyid, "keyid is not eip155:<chain id>:<address>")
        })?;
        if let Some(chain) = chain
            && account.chain != chain
        {
            let detail = "the account is of a chain that is not served here";
            return Err(Refusal::new(Reason::UnsupportedChain, detail).with_served_chain(chain));
        }
        if input.parameter("alg") != Parameter::Absent {
            return Err(Refusal::new(
                Reason::UnsupportedAlgorithm,
                "alg must be left out: keyid and tag say how to verify",
            ));
        }
        Ok(Self::Account(account))
    }

    fn session(input: &SignatureInput, expected: Expectations<'_>) -> Result<Self, Refusal> {
        let id = session_id(input).ok_or_else(|| {
            Refusal::new(Reason::InvalidKeyid, "keyid is not hetu-session:<session id>")
        })?;
        if input.parameter("alg") != Parameter::String(session::ALGORITHM) {
            let detail = "alg must be hmac-sha256 in a session";
            return Err(Refusal::new(Reason::UnsupportedAlgorithm, detail));
        }
        let is_here = |session: &Arc<Session>| {
            let Audience { netuid, recipient } = expected.audience;
            (session.account().chain, session.netuid(), session.recipient())
                == (expected.chain.unwrap_or(session.account().chain), netuid, recipient)
        };
        let fetched = expected.fetched.filter(|session| session.id() == id).cloned();
        let session = fetched.or_else(|| expected.sessions?.find(&id)).filter(is_here);
        session.map(Self::Session).ok_or_else(unknown_session)
    }

    fn with_nonce(self, nonce: &Nonce) -> Result<(AccountId, ClaimedSigner), Refusal> {
        match self {
            Self::Account(account) => Ok((account, ClaimedSigner::Account)),
            Self::Session(session) => {
                let sequence = parse_decimal(nonce.as_str()).ok_or_else(|| {
                    let detail = "in a session, nonce is the number of the request";
                    Refusal::new(Reason::InvalidNonce, detail)
                })?;
                Ok((session.account(), ClaimedSigner::Session { session, sequence }))
            }
        }
    }
}

fn session_id(input: &SignatureInput) -> Option<SessionId> {
    match input.parameter("keyid") {
        Parameter::String(text) => SessionId::from_keyid(text),
        _ => None,
    }
}

fn unreadable(error: CandidateError) -> Refusal {
    match error {
        CandidateError::TooLarge => {
            Refusal::new(Reason::SignatureTooLarge, "a signature is larger than accepted")
        }
        CandidateError::Uncorrelated => Refusal::new(
            Reason::SignatureInputInvalid,
            "a signature input has no byte sequence of the same label in signature",
        ),
        CandidateError::Malformed => Refusal::new(
            Reason::SignatureInputInvalid,
            "a signature input is no list of components that are known here",
        ),
    }
}

fn times(input: &SignatureInput) -> Result<(u64, u64), Refusal> {
    match (unix_time(input, "created"), unix_time(input, "expires")) {
        (Some(created), Some(expires)) => Ok((created, expires)),
        _ => Err(Refusal::new(Reason::InvalidTime, "created and expires must be times in seconds")),
    }
}

fn nonce(input: &SignatureInput) -> Result<Nonce, Refusal> {
    let nonce = match input.parameter("nonce") {
        Parameter::String(text) => Nonce::parse(text),
        Parameter::Absent => {
            return Err(Refusal::new(Reason::NonceRequired, "the signature has no nonce"));
        }
        _ => None,
    };
    nonce.ok_or_else(|| {
        Refusal::new(Reason::InvalidNonce, "nonce must be a string of at most 128 characters")
    })
}

/// A parameter that counts seconds since 1970.
pub(crate) fn unix_time(input: &SignatureInput, name: &'static str) -> Option<u64> {
    match input.parameter(name) {
        Parameter::Integer(seconds) => u64::try_from(seconds).ok(),
        _ => None,
    }
}
