//! A memory of used signatures outside of the process.

use std::fmt;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};
use sha2::{Digest, Sha256};

use crate::{AccountId, Nonce};

/// A memory of used signatures that several processes share, or that outlives a process.
///
/// A [`ReplayGuard`](crate::ReplayGuard) calls it only with verified signatures, so a client
/// without a key cannot fill it. It must still be bounded, because a client with a key can make any
/// number of signatures.
pub trait ReplayStore: fmt::Debug + Send + Sync {
    /// Returns the shortest time for which the store remembers a use.
    fn retention(&self) -> Duration;

    /// Returns `true` if the uses of an earlier process are known to this one. Otherwise,
    /// signatures from before the start of the process are refused.
    fn outlives_process(&self) -> bool;

    /// Remembers a use until its [`last_second`](SignatureUse::last_second) is over, and returns
    /// whether it is the first. Of several concurrent calls with the same use, in any process,
    /// exactly one gets [`ReplayOutcome::New`].
    ///
    /// A store that was emptied or set back returns [`ReplayOutcome::Forgotten`] for every use that
    /// was [`created`](SignatureUse::created) before that.
    ///
    /// # Cancel safety
    /// If the future is dropped, the use may or may not be remembered.
    ///
    /// # Errors
    /// [`ReplayStoreError`] if the use cannot be looked up or remembered. The request is then
    /// refused with 503.
    fn remember<'store>(
        &'store self,
        used: &'store SignatureUse,
    ) -> ReadyOrBoxed<'store, Result<ReplayOutcome, ReplayStoreError>>;
}

/// The result of a lookup of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// A new signature, which is remembered from now on.
    New,
    /// A signature that was used before.
    Used,
    /// An unknown result, because the signature is older than the memory of the store.
    Forgotten,
    /// A signature that is not remembered, because the account has reached its limit.
    NoRoom {
        /// The time until one of its uses is forgotten.
        retry_after: Duration,
    },
}

/// A use of a signature: its account, its nonce, and the time for which it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureUse {
    account: AccountId,
    nonce: Nonce,
    created: u64,
    last_second: u64,
}

impl SignatureUse {
    pub(super) fn new(account: AccountId, nonce: Nonce, created: u64, last_second: u64) -> Self {
        Self { account, nonce, created, last_second }
    }

    /// Returns the account that signed.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the nonce of the signature.
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// Returns the second since 1970 in which the signature was made, by its signer's clock.
    pub const fn created(&self) -> u64 {
        self.created
    }

    /// Returns the last second since 1970 in which the signature could be accepted. The use may be
    /// forgotten after that second.
    pub const fn last_second(&self) -> u64 {
        self.last_second
    }

    /// Returns a key of fixed length for account and nonce: the SHA-256 of
    /// `eip155:<chain id>:<address>` and the nonce, with a line feed between them.
    pub fn key(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.account.to_string());
        hasher.update(b"\n");
        hasher.update(self.nonce.as_str());
        hasher.finalize().into()
    }
}

/// A failure of a store to look up a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store of used signatures does not answer: {reason}")]
pub struct ReplayStoreError {
    /// The cause, for the operator's log.
    #[source]
    pub reason: ForeignError,
    /// The time after which a retry is useful.
    pub retry_after: Duration,
}

impl Retryable for ReplayStoreError {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}
