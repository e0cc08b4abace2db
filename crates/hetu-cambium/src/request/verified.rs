//! Verified requests.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::{Address, NetUid};

use super::binding::RequestBinding;
use super::call_fields::CallFields;
use crate::session::OpenSession;
use crate::{AccountId, Nonce};

/// A request that its caller signed for this miner and that was not served before.
#[derive(Clone, Debug)]
pub struct VerifiedRequest {
    pub(super) account: AccountId,
    pub(super) call: Option<CallFields>,
    pub(super) session: Option<Arc<OpenSession>>,
    pub(crate) binding: RequestBinding,
}

impl VerifiedRequest {
    /// Returns the address that signed the request.
    pub const fn caller(&self) -> Address {
        self.account.address
    }

    /// Returns the account that signed the request: its chain and address.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the signed time that the caller waits for the reply, or `None` for a plain ERC-8128
    /// client.
    pub fn timeout(&self) -> Option<Duration> {
        self.call.map(|call| call.timeout)
    }

    /// Returns the Unix time in seconds at which the session of the request expires, or `None`
    /// outside of sessions. A server that queues verified requests checks it again before it serves
    /// them.
    pub fn session_expires(&self) -> Option<u64> {
        self.session.as_ref().map(|session| session.expires())
    }

    /// Returns the subnet of the call, or `None` for a plain ERC-8128 client.
    pub fn netuid(&self) -> Option<NetUid> {
        self.call.map(|call| call.audience.netuid)
    }

    /// Returns the called miner, or `None` for a plain ERC-8128 client.
    pub fn recipient(&self) -> Option<Address> {
        self.call.map(|call| call.audience.recipient)
    }

    /// Returns `true` if the request was signed in a session and not by the account itself.
    pub const fn is_in_session(&self) -> bool {
        self.session.is_some()
    }

    pub(crate) const fn session(&self) -> Option<&Arc<OpenSession>> {
        self.session.as_ref()
    }

    /// Returns the nonce of the signature: unique for the account, or its number in the session.
    pub const fn nonce(&self) -> &Nonce {
        &self.binding.nonce
    }
}
