//! A request with valid fields, in two stages: before and after its signature base is hashed.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::Address;
use hetu_chain::identity::CheckSource;

use super::binding::RequestBinding;
use super::call_fields::CallFields;
use super::outline::{RequestHead, unusable_component};
use super::verified::VerifiedRequest;
use crate::message_signature::{Base, SignatureMember, UnusableBase};
use crate::session::{CodeMaker, OpenSession};
use crate::signature::Message;
use crate::{AccountId, Nonce, Reason, Refusal, WorkCount};

/// A request with fields that have passed every inexpensive check. The caller is only claimed: this
/// stage has hashed no data, verified no signature and stored no state.
///
/// It borrows the head of the request. A server decides by [`claimed_caller`](Self::claimed_caller)
/// whether it serves the caller, and then continues with [`bind`](Self::bind).
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    pub(super) head: RequestHead<'a>,
    pub(super) member: SignatureMember<'a>,
    pub(super) identity: ClaimedIdentity,
    pub(super) call: Option<CallFields>,
}

/// The claimed caller of a request.
#[derive(Clone, Debug)]
pub(super) struct ClaimedIdentity {
    /// The account that is claimed to have signed, or to have opened the session of the signature.
    pub(super) account: AccountId,
    pub(super) nonce: Nonce,
    pub(super) created: u64,
    pub(super) expires: u64,
    pub(super) signer: ClaimedSigner,
}

/// The key that is claimed to have made a signature.
#[derive(Clone, Debug)]
pub(super) enum ClaimedSigner {
    Account,
    Session { session: Arc<OpenSession>, sequence: u64 },
}

/// A claim with a hashed signature base. It keeps the hash and the signature, not the base, while
/// the server reads the content.
#[derive(Clone, Debug)]
pub struct BoundClaim<'a> {
    pub(super) head: RequestHead<'a>,
    pub(super) identity: ClaimedIdentity,
    pub(super) call: Option<CallFields>,
    pub(super) proof: ClaimProof,
    pub(super) source: Option<CheckSource>,
}

/// A signature with the hash of its base, or the result of its check.
#[derive(Clone, Debug)]
pub(super) enum ClaimProof {
    Account { hash: [u8; 32], signature: Vec<u8> },
    Session { is_right: bool },
}

impl<'a> Claim<'a> {
    /// Returns the address that is claimed to have signed, or to have opened the session of the
    /// signature.
    pub const fn claimed_caller(&self) -> Address {
        self.identity.account.address
    }

    /// Returns the account that is claimed to have signed, or to have opened the session of the
    /// signature.
    pub const fn claimed_account(&self) -> AccountId {
        self.identity.account
    }

    /// Returns the time that the caller waits, or `None` if the request does not state it.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.map(|call| call.timeout)
    }

    /// Hashes the signature base, in one pass over the covered parts.
    ///
    /// A server calls this once it has decided to serve the claimed caller, and before it waits for
    /// the content.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller: [`Reason::SignatureInputInvalid`] if a covered
    /// component is not printable ASCII, [`Reason::SignatureTooLarge`] if the base has more than 64
    /// KiB.
    pub fn bind(self) -> Result<BoundClaim<'a>, Refusal> {
        self.bind_counted(&mut WorkCount::default())
    }

    pub(super) fn bind_counted(self, work: &mut WorkCount) -> Result<BoundClaim<'a>, Refusal> {
        let Self { head, member, identity, call } = self;
        let message = Message::Request(head.view());
        let base = Base::new(message, &member.parts, &member.text).map_err(unusable_base)?;
        let proof = match &identity.signer {
            ClaimedSigner::Account => ClaimProof::Account {
                hash: base.personal_message_hash(work),
                signature: member.signature,
            },
            ClaimedSigner::Session { session, .. } => {
                work.bytes_hashed += base.len();
                let mut code = CodeMaker::new(&session.keys().request);
                base.write(&mut code);
                ClaimProof::Session { is_right: code.verify(&member.signature) }
            }
        };
        Ok(BoundClaim { head, identity, call, proof, source: None })
    }

    /// Returns the bytes that the claim holds in addition to the borrowed head. They are fewer than
    /// three times the bytes of the two signature fields.
    pub fn retained_bytes(&self) -> usize {
        self.identity.nonce.as_str().len()
            + self.head.authority.as_str().len()
            + self.member.retained_bytes()
    }
}

impl BoundClaim<'_> {
    /// Sets the origin of the request, such as the address of its connection. Checks of contract
    /// accounts are then also limited by origin, and not only in total.
    #[must_use]
    pub const fn from_source(mut self, source: CheckSource) -> Self {
        self.source = Some(source);
        self
    }

    /// Returns the address that is claimed to have signed, or to have opened the session of the
    /// signature.
    pub const fn claimed_caller(&self) -> Address {
        self.identity.account.address
    }

    /// Returns the account that is claimed to have signed, or to have opened the session of the
    /// signature.
    pub const fn claimed_account(&self) -> AccountId {
        self.identity.account
    }

    /// Returns the time that the caller waits, or `None` if the request does not state it.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.map(|call| call.timeout)
    }

    /// Returns the bytes that the claim holds in addition to the borrowed head: nonce, authority, a
    /// hash of 32 bytes and the decoded signature.
    pub fn retained_bytes(&self) -> usize {
        let proof = match &self.proof {
            ClaimProof::Account { hash, signature } => hash.len() + signature.len(),
            ClaimProof::Session { .. } => 0,
        };
        self.identity.nonce.as_str().len() + self.head.authority.as_str().len() + proof
    }

    pub(super) fn into_verified(self) -> VerifiedRequest {
        let Self { head, identity, call, .. } = self;
        let session = match identity.signer {
            ClaimedSigner::Account => None,
            ClaimedSigner::Session { session, .. } => Some(session),
        };
        let is_by_wallet = session.is_none();
        let binding = RequestBinding {
            method: head.parts.method.clone(),
            uri: head.parts.uri.clone(),
            scheme: head.scheme,
            authority: head.authority,
            headers: RequestBinding::bound_fields(&head.parts.headers, is_by_wallet),
            nonce: identity.nonce,
            is_by_wallet,
        };
        VerifiedRequest { account: identity.account, call, session, binding }
    }
}

fn unusable_base(error: UnusableBase) -> Refusal {
    match error {
        UnusableBase::Component(_) => unusable_component(),
        UnusableBase::TooLong => Refusal::new(
            Reason::SignatureTooLarge,
            "what the signature covers is longer than accepted",
        ),
    }
}
