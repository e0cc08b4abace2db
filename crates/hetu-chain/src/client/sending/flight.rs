//! A sent transaction, with all transactions signed for the same nonce.

use std::sync::Arc;

use super::attempts::TransactionAttempts;
use super::nonce_lane::HeldNonce;
use crate::client::journal::{Journal, Settlement};
use crate::{Amount, TxHash};

/// A transaction under way, with its replacements. At most one of them is ever included.
#[derive(Debug)]
pub(super) struct Flight {
    /// The contract function, for errors.
    pub(super) function: String,
    pub(super) nonce: u64,
    /// The key under which the call is made once.
    pub(super) key: Option<String>,
    pub(super) attempts: TransactionAttempts,
    /// `true` if a block included it according to the journal.
    pub(super) was_included: bool,
    /// `true` if the policy has counted its spending.
    pub(super) was_counted: bool,
    /// The part of its fee that the daily fee count includes.
    pub(super) counted_fee: Amount,
    /// The hold that keeps other tasks of this process from using the nonce.
    pub(super) held: HeldNonce,
}

impl Flight {
    /// Notes in the journal that `included` is final and that all others with the nonce are
    /// replaced. `included` is `None` if another transaction has the nonce. Releases the nonce.
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
            // The next opening of the journal reads the outcome from the chain again.
            tracing::warn!(%error, "an outcome was not written down");
        }
    }
}
