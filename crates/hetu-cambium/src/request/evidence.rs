//! A request that is judged later, as evidence, and not served.

use http::request::Parts;

use super::call_fields::{Audience, CallFields};
use super::candidate::{ClaimedSignature, Expectations};
use super::claim::first_failure;
use super::kind::AcceptedKinds;
use super::verify::unusable_fields;
use crate::signature::{
    Authority, Candidate, CandidateError, RequestView, Scheme, SignatureFields,
};
use crate::{AcceptanceWindow, AccountId, Component, Nonce, Reason, Refusal};

/// What a signed request proves by itself: who signed it, when and for whom.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) account: AccountId,
    pub(crate) audience: Audience,
    pub(crate) nonce: Nonce,
    pub(crate) created: u64,
    pub(crate) expires: u64,
}

impl Evidence {
    /// Verifies a request as its recipient would have at the time at which it was signed. It is
    /// for no miner and of no chain in particular, and may have been used.
    pub(crate) fn of(
        parts: &Parts,
        scheme: Scheme,
        authority: &Authority,
    ) -> Result<Self, Refusal> {
        let call = CallFields::read(&parts.headers)?.ok_or_else(|| {
            Refusal::new(Reason::MalformedRequest, "the request does not say to whom it went")
        })?;
        let accepted = AcceptedKinds { earlier_revision: true, sessions: false };
        let candidates = SignatureFields::parse(&parts.headers)
            .and_then(|fields| fields.candidates(|labels| accepted.kind(labels)))
            .map_err(unusable_fields)?;
        let view = RequestView {
            method: &parts.method,
            scheme,
            authority,
            uri: &parts.uri,
            headers: &parts.headers,
        };
        let expected = Expectations {
            chain: None,
            audience: call.audience,
            window: AcceptanceWindow::default(),
            sessions: None,
            fetched: None,
            now: None,
        };
        let mut attempts = Vec::new();
        for (kind, candidate) in candidates {
            let outcome = check_scheme(&candidate)
                .and_then(|()| ClaimedSignature::check(kind, candidate, view, expected))
                .and_then(|claimed| claimed.prove_by_own_key().map(|()| claimed));
            match outcome {
                Ok(ClaimedSignature { account, nonce, created, expires, .. }) => {
                    return Ok(Self { account, audience: call.audience, nonce, created, expires });
                }
                Err(refusal) => attempts.push(Err(refusal)),
            }
        }
        Err(first_failure(attempts))
    }
}

/// The earlier revision need not sign the scheme, and without it the target is not proven.
fn check_scheme(candidate: &Result<Candidate, CandidateError>) -> Result<(), Refusal> {
    match candidate {
        Ok(candidate) if !candidate.input.covers(&Component::SCHEME) => Err(Refusal::new(
            Reason::InsufficientCoverage,
            "the signature must cover \"@scheme\" to prove the target",
        )),
        _ => Ok(()),
    }
}
