//! A request that looks right, and one that is right.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{Address, NetUid};

use super::binding::RequestBinding;
use super::call_fields::CallFields;
use super::candidate::ClaimedSignature;
use crate::session::Session;
use crate::{AccountId, Nonce, Reason, Refusal};

/// A request whose fields pass every check that costs next to nothing. Who sent it is only
/// claimed as yet: no signature has been verified and nothing has been remembered.
#[derive(Clone, Debug)]
pub struct Claim {
    pub(super) attempts: Vec<Result<ClaimedSignature, Refusal>>,
    pub(super) call: Option<CallFields>,
    pub(super) request: UnboundRequest,
}

/// The request of a claim, which becomes bound to a nonce once a signature is verified.
#[derive(Clone, Debug)]
pub(super) struct UnboundRequest {
    pub(super) method: http::Method,
    pub(super) uri: http::Uri,
    pub(super) scheme: crate::Scheme,
    pub(super) authority: crate::Authority,
    pub(super) headers: http::HeaderMap,
}

impl UnboundRequest {
    pub(super) fn bind(self, nonce: Nonce) -> RequestBinding {
        let Self { method, uri, scheme, authority, headers } = self;
        RequestBinding { method, uri, scheme, authority, headers, nonce }
    }
}

impl Claim {
    /// The addresses that are said to have signed, or to have opened the session that did, one for
    /// each signature in question. Requests of this protocol have one.
    pub fn claimed_callers(&self) -> impl Iterator<Item = Address> {
        self.attempts.iter().flatten().map(|signature| signature.account.address)
    }

    /// How long the caller waits, if the request says so.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.map(|call| call.timeout)
    }

    /// Drops every signature whose account is not accepted, before any is verified.
    ///
    /// # Errors
    /// [`Reason::PrincipalNotAllowed`] if none is left.
    pub fn retain_callers(
        mut self,
        mut is_accepted: impl FnMut(Address) -> bool,
    ) -> Result<Self, Refusal> {
        for attempt in &mut self.attempts {
            if let Ok(signature) = attempt
                && !is_accepted(signature.account.address)
            {
                *attempt = Err(Refusal::new(
                    Reason::PrincipalNotAllowed,
                    "the account is not accepted here",
                ));
            }
        }
        if self.attempts.iter().any(Result::is_ok) {
            Ok(self)
        } else {
            Err(first_failure(self.attempts))
        }
    }
}

/// The failure of the first signature, which is the one to report (ERC-8128, section 4.2).
pub(super) fn first_failure(attempts: Vec<Result<ClaimedSignature, Refusal>>) -> Refusal {
    attempts.into_iter().find_map(Result::err).unwrap_or_else(|| {
        Refusal::new(Reason::NoAcceptableSignature, "no signature has the tag erc8128")
    })
}

/// A request that its caller signed, for this miner, and that was not served before.
#[derive(Clone, Debug)]
pub struct VerifiedRequest {
    pub(super) account: AccountId,
    pub(super) call: Option<CallFields>,
    pub(super) session: Option<Arc<Session>>,
    pub(crate) binding: RequestBinding,
}

impl VerifiedRequest {
    /// The address whose key signed the request.
    pub const fn caller(&self) -> Address {
        self.account.address
    }

    /// The account that signed the request: its chain and address.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// How long the caller waits for the reply, as it signed; nothing for a plain ERC-8128 client.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.map(|call| call.timeout)
    }

    /// The subnet in which the caller calls; nothing for a plain ERC-8128 client.
    pub fn netuid(&self) -> Option<NetUid> {
        self.call.map(|call| call.audience.netuid)
    }

    /// The miner that is called; nothing for a plain ERC-8128 client.
    pub fn recipient(&self) -> Option<Address> {
        self.call.map(|call| call.audience.recipient)
    }

    /// Whether the request was signed in a session and not by the account itself.
    pub const fn is_in_session(&self) -> bool {
        self.session.is_some()
    }

    pub(crate) const fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref()
    }

    /// The nonce of the signature: unique for the account, or its number in the session.
    pub const fn nonce(&self) -> &Nonce {
        &self.binding.nonce
    }
}
