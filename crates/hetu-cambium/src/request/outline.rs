//! The signature fields of a request, before its session is looked up.

use hetu_chain::ChainId;
use http::request::Parts;

use super::coverage::{absent, uncovered};
use super::kind::{AcceptedKinds, SignatureKind};
use super::revision::Erc8128Revision;
use crate::account::parse_decimal;
use crate::message_signature::{
    FieldsError, Labels, MemberError, MessageKind, Parameter, Parameters, SignatureMember,
};
use crate::session::{self, SessionId, unknown_session};
use crate::signature::{Authority, InvalidAuthority, RequestView, Scheme};
use crate::{AcceptanceWindow, AccountId, Nonce, Reason, Refusal, WorkCount};

/// The head of a request, with the scheme and the authority by which it was sent.
#[derive(Clone, Debug)]
pub(super) struct RequestHead<'a> {
    pub(super) parts: &'a Parts,
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
}

/// A request with fields that are read and valid in themselves.
#[derive(Clone, Debug)]
pub(super) struct RequestOutline<'a> {
    pub(super) head: RequestHead<'a>,
    pub(super) member: SignatureMember<'a>,
    pub(super) key: ClaimedKey,
    pub(super) nonce: Nonce,
    pub(super) created: u64,
    pub(super) expires: u64,
}

/// The key that is claimed to have made a signature.
#[derive(Clone, Copy, Debug)]
pub(super) enum ClaimedKey {
    Account(AccountId),
    Session(SessionId),
}

/// The values that the fields of a request must match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expectations {
    pub(super) accepted: AcceptedKinds,
    /// The chain of the accounts, or `None` for any chain.
    pub(super) chain: Option<ChainId>,
    pub(super) window: AcceptanceWindow,
    /// The current time, or `None` to check the signature at its own time.
    pub(super) now: Option<u64>,
}

impl RequestHead<'_> {
    pub(super) fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.parts.method,
            scheme: self.scheme,
            authority: &self.authority,
            uri: &self.parts.uri,
            headers: &self.parts.headers,
        }
    }
}

impl<'a> RequestOutline<'a> {
    /// Checks form, signer, time, nonce and coverage. Parses each field once and does not hash.
    pub(super) fn read(
        parts: &'a Parts,
        scheme: Scheme,
        authority: Result<Authority, InvalidAuthority>,
        expected: Expectations,
        is_known: impl FnOnce(&SessionId) -> bool,
        work: &mut WorkCount,
    ) -> Result<Self, Refusal> {
        let kind = |labels: Labels<'_>| expected.accepted.kind(labels);
        let (kind, member) =
            SignatureMember::read(&parts.headers, MessageKind::Request, kind, work)
                .map_err(unusable_fields)?;
        let authority = authority.map_err(|_| {
            Refusal::new(Reason::MalformedRequest, "the request must name one valid host")
        })?;
        let member = member.map_err(unreadable)?;
        work.components += member.parts.as_slice().len();
        let key = match kind {
            SignatureKind::Wallet(revision) => {
                ClaimedKey::of_account(&member.parameters, revision, expected.chain)?
            }
            SignatureKind::Session => ClaimedKey::of_session(&member.parameters)?,
        };
        let is_unknown = matches!(&key, ClaimedKey::Session(id) if !is_known(id));
        let head = RequestHead { parts, scheme, authority };
        let outline = Self::of_key(head, member, kind, key, expected);
        // The caller must learn that its session is unknown here. A store, which may know the
        // session, is only called for requests that are otherwise valid.
        if is_unknown { outline.map_err(|_| unknown_session()) } else { outline }
    }

    /// Runs the checks that do not depend on the key.
    fn of_key(
        head: RequestHead<'a>,
        member: SignatureMember<'a>,
        kind: SignatureKind,
        key: ClaimedKey,
        expected: Expectations,
    ) -> Result<Self, Refusal> {
        let (created, expires) = times(&member.parameters)?;
        expected.window.check(created, expires, expected.now.unwrap_or(created))?;
        let nonce = nonce(&member.parameters)?;
        if let ClaimedKey::Session(_) = key {
            sequence(&nonce)?;
        }
        if let Some(missing) = uncovered(&member.parts, head.parts, kind) {
            let detail = format!("the signature must cover {}", missing.identifier());
            return Err(Refusal::new(Reason::InsufficientCoverage, detail));
        }
        if absent(&member.parts, head.parts).is_some() {
            return Err(unusable_component());
        }
        Ok(Self { head, member, key, nonce, created, expires })
    }
}

impl ClaimedKey {
    fn of_account(
        parameters: &Parameters<'_>,
        revision: Erc8128Revision,
        chain: Option<ChainId>,
    ) -> Result<Self, Refusal> {
        let account = parameters.keyid.as_str().and_then(|text| revision.account(text));
        let account = account.ok_or_else(|| {
            Refusal::new(Reason::InvalidKeyid, "keyid is not eip155:<chain id>:<address>")
        })?;
        if let Some(chain) = chain
            && account.chain != chain
        {
            let detail = "the account is of a chain that is not served here";
            return Err(Refusal::new(Reason::UnsupportedChain, detail).with_served_chain(chain));
        }
        if parameters.alg != Parameter::Absent {
            return Err(Refusal::new(
                Reason::UnsupportedAlgorithm,
                "alg must be left out: keyid and tag say how to verify",
            ));
        }
        Ok(Self::Account(account))
    }

    fn of_session(parameters: &Parameters<'_>) -> Result<Self, Refusal> {
        let id = parameters.keyid.as_str().and_then(SessionId::from_keyid).ok_or_else(|| {
            Refusal::new(Reason::InvalidKeyid, "keyid is not hetu-session:<session id>")
        })?;
        if !parameters.alg.is(session::ALGORITHM) {
            let detail = "alg must be hmac-sha256 in a session";
            return Err(Refusal::new(Reason::UnsupportedAlgorithm, detail));
        }
        Ok(Self::Session(id))
    }
}

fn times(parameters: &Parameters<'_>) -> Result<(u64, u64), Refusal> {
    match (parameters.created.unix_time(), parameters.expires.unix_time()) {
        (Some(created), Some(expires)) => Ok((created, expires)),
        _ => Err(Refusal::new(Reason::InvalidTime, "created and expires must be times in seconds")),
    }
}

fn nonce(parameters: &Parameters<'_>) -> Result<Nonce, Refusal> {
    if parameters.nonce == Parameter::Absent {
        return Err(Refusal::new(Reason::NonceRequired, "the signature has no nonce"));
    }
    parameters.nonce.as_str().and_then(Nonce::parse).ok_or_else(|| {
        Refusal::new(Reason::InvalidNonce, "nonce must be a string of at most 128 characters")
    })
}

/// Returns the number of a request in a session. A store is called only for requests that have one.
pub(super) fn sequence(nonce: &Nonce) -> Result<u64, Refusal> {
    parse_decimal(nonce.as_str()).ok_or_else(|| {
        let detail = "in a session, nonce is the number of the request";
        Refusal::new(Reason::InvalidNonce, detail)
    })
}

fn unusable_fields(error: FieldsError) -> Refusal {
    match error {
        FieldsError::Missing => Refusal::new(
            Reason::SignatureMissing,
            "the request must be signed: signature or signature-input is missing",
        ),
        FieldsError::Malformed => Refusal::new(
            Reason::SignatureInputInvalid,
            "signature or signature-input is not a structured dictionary",
        ),
        FieldsError::TooLarge => Refusal::new(
            Reason::SignatureTooLarge,
            "signature and signature-input must have one member each, of at most 16 KiB",
        ),
        FieldsError::OtherKind => Refusal::new(
            Reason::NoAcceptableSignature,
            "the signature does not have the tag erc8128",
        ),
    }
}

fn unreadable(error: MemberError) -> Refusal {
    match error {
        MemberError::TooLarge => {
            Refusal::new(Reason::SignatureTooLarge, "the signature is larger than accepted")
        }
        MemberError::Uncorrelated => Refusal::new(
            Reason::SignatureInputInvalid,
            "signature has no byte sequence under the label of signature-input",
        ),
        MemberError::Malformed => Refusal::new(
            Reason::SignatureInputInvalid,
            "signature-input is no list of components of this protocol, each once",
        ),
    }
}

pub(super) fn unusable_component() -> Refusal {
    Refusal::new(
        Reason::SignatureInputInvalid,
        "the signature covers a component that the request does not have in printable ASCII",
    )
}
