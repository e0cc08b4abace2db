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

/// A memory of sessions that several processes share: what one of them opened, all of them serve,
/// and each number counts once among all of them.
///
/// Its word is final: a session that it does not know is over, whatever a process remembers. A
/// store that may have forgotten the number of a request, or been set back to an earlier state,
/// has to end the session.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Keeps a new session for `lifetime`, within `limits`, and ends the oldest of its account
    /// where the account has too many.
    ///
    /// # Errors
    /// [`SessionStoreError`] if it is not kept.
    fn keep<'a>(
        &'a self,
        session: &'a SessionRecord,
        lifetime: Duration,
        limits: SessionLimits,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>>;

    /// The session `id`, unless it is over.
    ///
    /// It is asked about callers who have not proven who they are, as anyone can name a session:
    /// a store bounds how many such questions it takes, apart from all others.
    ///
    /// # Errors
    /// [`SessionStoreError`] if that cannot be known.
    fn find<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> ReadyOrBoxed<'a, Result<Option<SessionRecord>, SessionStoreError>>;

    /// Takes note that the number of a request was used in the session `id`. Of several callers
    /// with the same number exactly one is told [`SequenceOutcome::First`]. Numbers may come in any
    /// order; one that is [`SessionRecord::WINDOW`] or more behind the highest counts as used.
    ///
    /// Cancel safety: a number whose future is dropped may count as used or not.
    ///
    /// # Errors
    /// [`SessionStoreError`] if that cannot be known or remembered.
    fn use_number<'a>(
        &'a self,
        id: &'a SessionId,
        number: u64,
    ) -> ReadyOrBoxed<'a, Result<SequenceOutcome, SessionStoreError>>;

    /// Ends every session of `account`.
    ///
    /// # Errors
    /// [`SessionStoreError`] if it is not known to be done.
    fn end_all_of<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>>;
}

/// What a [`SessionStore`] knows of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceOutcome {
    /// It was not used before, and is from now on.
    First,
    /// It was used before, or is too old to tell.
    Repeated,
    /// The session is over, or never was.
    Over,
}

/// A store of sessions does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionStoreError {
    /// It keeps as many sessions as it may.
    #[error("there are too many sessions")]
    Full {
        /// When one of them will be over.
        retry_after: Duration,
    },
    /// It does not answer.
    #[error("the store of sessions does not answer: {reason}")]
    Unavailable {
        /// The cause, for the operator's log.
        #[source]
        reason: ForeignError,
        /// When it is worth trying again.
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
            // Why is for the operator, whose store it is.
            SessionStoreError::Unavailable { retry_after, .. } => (
                Reason::SignatureVerificationUnavailable,
                "it is not known for now what was done in the session",
                retry_after,
            ),
        };
        Self::new(reason, detail).with_retry_after(retry_after)
    }
}
