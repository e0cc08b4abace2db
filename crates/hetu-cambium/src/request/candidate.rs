//! What is checked of one signature.

use hetu_chain::{ChainId, Signature, personal_message_hash, recover_address};

use crate::signature::{Candidate, CandidateError, Message, Parameter, RequestView};
use crate::{
    AcceptanceWindow, AccountId, Component, Nonce, Reason, Refusal, fields, signature_base,
};

/// A signature that passed every check but the cryptographic one.
#[derive(Clone, Debug)]
pub(super) struct ClaimedSignature {
    /// The account that is said to have signed.
    pub(super) account: AccountId,
    pub(super) nonce: Nonce,
    pub(super) created: u64,
    pub(super) expires: u64,
    base: String,
    signature: Vec<u8>,
}

impl ClaimedSignature {
    /// Checks shape, account, time, nonce and coverage. No cryptography is done.
    pub(super) fn check(
        candidate: Result<Candidate, CandidateError>,
        request: RequestView<'_>,
        chain: ChainId,
        window: AcceptanceWindow,
        now: u64,
    ) -> Result<Self, Refusal> {
        let Candidate { input, signature } = candidate.map_err(|error| match error {
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
        })?;

        let account = match input.parameter("keyid") {
            Parameter::String(text) => text.parse::<AccountId>().ok(),
            _ => None,
        };
        let account = account.ok_or_else(|| {
            Refusal::new(Reason::InvalidKeyid, "keyid is not eip155:<chain id>:<address>")
        })?;
        if account.chain != chain {
            return Err(Refusal::new(
                Reason::UnsupportedChain,
                "the account is of a chain that is not served here",
            )
            .with_served_chain(chain));
        }
        if input.parameter("alg") != Parameter::Absent {
            return Err(Refusal::new(
                Reason::UnsupportedAlgorithm,
                "alg must be left out: keyid and tag say how to verify",
            ));
        }
        let (created, expires) = match (unix_time(&input, "created"), unix_time(&input, "expires"))
        {
            (Some(created), Some(expires)) => (created, expires),
            _ => {
                let detail = "created and expires must be times in seconds";
                return Err(Refusal::new(Reason::InvalidTime, detail));
            }
        };
        window.check(created, expires, now)?;
        let nonce = match input.parameter("nonce") {
            Parameter::String(text) => Nonce::parse(text),
            Parameter::Absent => {
                return Err(Refusal::new(Reason::NonceRequired, "the signature has no nonce"));
            }
            _ => None,
        };
        let nonce = nonce.ok_or_else(|| {
            Refusal::new(Reason::InvalidNonce, "nonce must be a string of at most 128 characters")
        })?;

        if let Some(missing) = uncovered(&input, request) {
            let detail = format!("the signature must cover {missing}");
            return Err(Refusal::new(Reason::InsufficientCoverage, detail));
        }
        let base = signature_base(&input, &Message::Request(request)).map_err(|_| {
            Refusal::new(
                Reason::SignatureInputInvalid,
                "the signature covers a component that the request does not have",
            )
        })?;
        Ok(Self { account, nonce, created, expires, base, signature })
    }

    /// Checks that the claimed account made the signature over the request.
    pub(super) fn verify_signature(&self) -> Result<(), Refusal> {
        if is_wrapped(&self.signature) {
            return Err(Refusal::new(
                Reason::UnsupportedAccount,
                "signatures of contract accounts are not accepted here",
            ));
        }
        let hash = personal_message_hash(self.base.as_bytes());
        let signer = Signature::parse(&self.signature)
            .and_then(|signature| recover_address(&hash, &signature));
        if signer == Ok(self.account.address) {
            Ok(())
        } else {
            Err(Refusal::new(
                Reason::BadSignature,
                "the account did not make this signature over this request",
            ))
        }
    }
}

/// The first component that must be covered and is not: the whole target, the content, and
/// every field that the protocol reads (ERC-8128, section 3.1.1).
fn uncovered(input: &crate::SignatureInput, request: RequestView<'_>) -> Option<Component> {
    let always = [
        Component::SCHEME,
        Component::AUTHORITY,
        Component::METHOD,
        Component::PATH,
        Component::QUERY,
    ];
    let received = [fields::CONTENT_DIGEST, http::header::CONTENT_TYPE]
        .into_iter()
        .chain(fields::CALL_FIELDS)
        .filter(|name| request.headers.contains_key(name))
        .map(Component::field);
    always.into_iter().chain(received).find(|component| !input.covers(component))
}

/// A parameter that counts seconds since 1970.
pub(crate) fn unix_time(input: &crate::SignatureInput, name: &'static str) -> Option<u64> {
    match input.parameter(name) {
        Parameter::Integer(seconds) => u64::try_from(seconds).ok(),
        _ => None,
    }
}

/// Whether a signature comes with the deployment of the contract that would check it (ERC-6492).
fn is_wrapped(signature: &[u8]) -> bool {
    const MAGIC: [u8; 2] = [0x64, 0x92];
    signature.last_chunk::<32>().is_some_and(|end| end.chunks(2).all(|pair| pair == MAGIC))
}
