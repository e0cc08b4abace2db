//! Verification of a request as later evidence, without serving it.

use http::request::Parts;

use super::call_fields::{Audience, CallFields};
use super::claim::{Claim, ClaimedIdentity, ClaimedSigner};
use super::kind::AcceptedKinds;
use super::outline::{ClaimedKey, Expectations, RequestOutline};
use crate::message_signature::Part;
use crate::session::unknown_session;
use crate::signature::{Authority, Scheme};
use crate::{AcceptanceWindow, AccountId, Nonce, Reason, Refusal, WorkCount};

/// The facts that a signed request proves by itself: its signer, its time and its recipient.
#[derive(Clone, Debug)]
pub(crate) struct RequestEvidence {
    pub(crate) account: AccountId,
    pub(crate) audience: Audience,
    pub(crate) nonce: Nonce,
    pub(crate) created: u64,
    pub(crate) expires: u64,
}

impl RequestEvidence {
    /// Verifies a request as its recipient would have done at the time of the signature. It accepts
    /// requests for any miner and on any chain, and used ones.
    pub(crate) fn of(
        parts: &Parts,
        scheme: Scheme,
        authority: &Authority,
    ) -> Result<Self, Refusal> {
        let call = CallFields::read(&parts.headers)?.ok_or_else(|| {
            Refusal::new(Reason::MalformedRequest, "the request does not say to whom it went")
        })?;
        let expected = Expectations {
            accepted: AcceptedKinds { earlier_revision: true, sessions: false },
            chain: None,
            window: AcceptanceWindow::default(),
            now: None,
        };
        let mut work = WorkCount::default();
        let authority = Ok(authority.clone());
        let outline =
            RequestOutline::read(parts, scheme, authority, expected, |_| false, &mut work)?;
        // The earlier revision may leave the scheme unsigned, and the target is not proven without
        // it.
        if !outline.member.parts.contains(Part::Scheme) {
            return Err(Refusal::new(
                Reason::InsufficientCoverage,
                "the signature must cover \"@scheme\" to prove the target",
            ));
        }
        let RequestOutline { head, member, key, nonce, created, expires } = outline;
        let ClaimedKey::Account(account) = key else { return Err(unknown_session()) };
        let signer = ClaimedSigner::Account;
        let identity = ClaimedIdentity { account, nonce, created, expires, signer };
        let claim = Claim { head, member, identity, call: Some(call) };
        let bound = claim.bind_counted(&mut work)?;
        bound.prove_by_own_key(&mut work)?;
        let ClaimedIdentity { account, nonce, created, expires, .. } = bound.identity;
        Ok(Self { account, audience: call.audience, nonce, created, expires })
    }
}
