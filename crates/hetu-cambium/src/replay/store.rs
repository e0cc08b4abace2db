//! A memory of used signatures outside of the process.

use std::fmt;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};
use sha2::{Digest, Sha256};

use crate::{AccountId, Nonce};

/// A memory of used signatures that several processes share, or that outlives one.
///
/// A [`ReplayGuard`](crate::ReplayGuard) asks it about verified signatures only, so nobody without
/// a key can fill it. It must bound itself all the same: who has a key can sign without end.
pub trait ReplayStore: fmt::Debug + Send + Sync {
    /// How long after it was told of a use the store still knows it, at least.
    fn retention(&self) -> Duration;

    /// Whether what was told to an earlier process is known to this one. If not, signatures from
    /// before the process started are refused.
    fn outlives_process(&self) -> bool;

    /// Takes note of a use until its [`last_second`](SignatureUse::last_second) is over, and says
    /// whether it is the first. Of several callers with the same use exactly one is told
    /// [`ReplayOutcome::New`], whichever process they are in.
    ///
    /// A store that was emptied or set back says [`ReplayOutcome::Forgotten`] of everything that was
    /// [`created`](SignatureUse::created) before.
    ///
    /// Cancel safety: a use whose future is dropped may be remembered or not.
    ///
    /// # Errors
    /// [`ReplayStoreError`] if that cannot be known or remembered. The request is refused then,
    /// with 503.
    fn remember<'store>(
        &'store self,
        used: &'store SignatureUse,
    ) -> ReadyOrBoxed<'store, Result<ReplayOutcome, ReplayStoreError>>;
}

/// Whether a signature was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// It was not, and it is remembered from now on.
    New,
    /// It was.
    Used,
    /// It is not known: the signature is older than the memory of the store.
    Forgotten,
    /// It is not remembered, since as many uses of its account are remembered as there may be.
    NoRoom {
        /// When one of them will be forgotten.
        retry_after: Duration,
    },
}

/// One use of a signature: who, with which nonce, and how long it matters.
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

    /// The account that signed.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The nonce of the signature.
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The second since 1970 in which the signature was made, by its signer's clock.
    pub const fn created(&self) -> u64 {
        self.created
    }

    /// The last second since 1970 in which the signature could be accepted. The use may be
    /// forgotten once it is over.
    pub const fn last_second(&self) -> u64 {
        self.last_second
    }

    /// A name of fixed length for account and nonce: their SHA-256, as
    /// `eip155:<chain id>:<address>` and the nonce, with a line feed between them.
    pub fn key(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.account.to_string());
        hasher.update(b"\n");
        hasher.update(self.nonce.as_str());
        hasher.finalize().into()
    }
}

/// A store cannot say whether a signature was used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store of used signatures does not answer: {reason}")]
pub struct ReplayStoreError {
    /// The cause, for the operator's log.
    #[source]
    pub reason: ForeignError,
    /// When it is worth trying again.
    pub retry_after: Duration,
}

impl Retryable for ReplayStoreError {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}
