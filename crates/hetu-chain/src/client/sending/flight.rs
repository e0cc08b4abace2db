//! A transaction that was sent, and all that were signed for the same nonce.

use std::sync::Arc;

use super::attempts::TransactionAttempts;
use super::nonce_lane::HeldNonce;
use crate::client::journal::{Journal, Settlement};
use crate::{Amount, TxHash};

/// A transaction under way, and those that were to take its place. One of them at most is ever
/// included.
#[derive(Debug)]
pub(super) struct Flight {
    /// The contract function, for errors.
    pub(super) function: String,
    pub(super) nonce: u64,
    /// The name under which the call is made once.
    pub(super) key: Option<String>,
    pub(super) attempts: TransactionAttempts,
    /// `true` if the journal says that a block included it.
    pub(super) was_included: bool,
    /// `true` if the policy has counted what it spends.
    pub(super) was_counted: bool,
    /// The part of its fee that the count of the day's fees includes.
    pub(super) counted_fee: Amount,
    /// Keeps others of this process off the nonce.
    pub(super) held: HeldNonce,
}

impl Flight {
    /// Notes in the journal that `included` is in a block for good and all others of the nonce are
    /// not; `None` if another transaction has the nonce. Releases the nonce.
    pub(super) async fn settle(
        &mut self,
        journal: Option<&Arc<Journal>>,
        included: Option<TxHash>,
    ) {
        self.held.release();
        let Some(journal) = journal else {
            return;
        };
        let waiting = journal.waiting().into_iter().filter(|record| record.nonce == self.nonce);
        let outcomes: Vec<_> = waiting
            .map(|record| match included {
                Some(hash) if hash == record.hash => (hash, Settlement::Included),
                _ => (record.hash, Settlement::Replaced),
            })
            .collect();
        if let Err(error) = journal.settle(outcomes).await {
            // The chain knows the outcome, and is asked again when the journal is next opened.
            tracing::warn!(%error, "an outcome was not written down");
        }
    }
}
