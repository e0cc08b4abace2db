//! A memory of sessions outside of the process.

use std::fmt;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

use super::id::SessionId;
use super::limits::SessionLimits;
use super::record::SessionRecord;
use crate::{AccountId, Reason, Refusal};

/// A memory of sessions that several processes share. Each process serves the sessions that another
/// one opened, and each number is accepted once among all of them.
///
/// The store is authoritative: a session that it does not know has expired, whatever a process
/// remembers. A store that may have forgotten the number of a request, or was set back to an
/// earlier state, must end the session.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Keeps a new session for `lifetime`, within `limits`, and ends the oldest one of its account
    /// if the account has too many.
    ///
    /// # Errors
    /// [`SessionStoreError`] if it is not kept.
    fn keep<'a>(
        &'a self,
        session: &'a SessionRecord,
        lifetime: Duration,
        limits: SessionLimits,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>>;

    /// Returns the session `id`, or `None` if it has expired.
    ///
    /// It is called for unauthenticated callers, because any client can name a session. A store
    /// must limit these lookups, separately from all other calls.
    ///
    /// # Errors
    /// [`SessionStoreError`] if the lookup fails.
    fn find<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> ReadyOrBoxed<'a, Result<Option<SessionRecord>, SessionStoreError>>;

    /// Records that the number of a request was used in the session `id`. Of several concurrent
    /// calls with the same number, exactly one gets [`SequenceOutcome::First`]. Numbers may arrive
    /// in any order. A number that is [`SessionRecord::WINDOW`] or more behind the highest counts
    /// as used.
    ///
    /// # Cancel safety
    /// If the future is dropped, the number may count as used or not.
    ///
    /// # Errors
    /// [`SessionStoreError`] if the number cannot be looked up or recorded.
    fn use_number<'a>(
        &'a self,
        id: &'a SessionId,
        number: u64,
    ) -> ReadyOrBoxed<'a, Result<SequenceOutcome, SessionStoreError>>;

    /// Ends every session of `account`.
    ///
    /// # Errors
    /// [`SessionStoreError`] if the store does not confirm it.
    fn end_all_of<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>>;
}

/// The result of a [`SessionStore`] for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceOutcome {
    /// A number that was not used before, and is used from now on.
    First,
    /// A number that was used before, or is too old to be checked.
    Repeated,
    /// A session that has expired or never existed.
    Over,
}

/// A failure of a store of sessions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionStoreError {
    /// A store that has reached its maximum number of sessions.
    #[error("there are too many sessions")]
    Full {
        /// Time until one of them expires.
        retry_after: Duration,
    },
    /// A store that does not answer.
    #[error("the store of sessions does not answer: {reason}")]
    Unavailable {
        /// The cause, for the operator's log.
        #[source]
        reason: ForeignError,
        /// Time after which a retry is useful.
        retry_after: Duration,
    },
}

impl Retryable for SessionStoreError {
    fn retryability(&self) -> Retryability {
        Retryability::Retryable
    }
}

impl From<SessionStoreError> for Refusal {
    fn from(error: SessionStoreError) -> Self {
        let (reason, detail, retry_after) = match error {
            SessionStoreError::Full { retry_after } => {
                (Reason::Overloaded, "there are too many sessions", retry_after)
            }
            // The cause concerns only the operator of the store.
            SessionStoreError::Unavailable { retry_after, .. } => (
                Reason::SignatureVerificationUnavailable,
                "it is not known for now what was done in the session",
                retry_after,
            ),
        };
        Self::new(reason, detail).with_retry_after(retry_after)
    }
}
