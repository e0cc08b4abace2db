//! Recovery of transactions that no task waited for, such as those of a crashed program.

use super::flight::Flight;
use super::node_view::{is_known, mined_count, pending_count};
use super::nonce_lane::SendTurn;
use super::sender::Sender;
use super::sighting::Sighting;
use crate::client::error::ChainError;
use crate::client::journal::{Journal, SignedRecord};
use crate::text::ForeignError;
use crate::{BlockId, TxHash};

/// The outcomes of the journaled transactions that had no known outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// `true` if the journal ended within a record when it was opened. The program stopped while it
    /// wrote the record, so that transaction was never sent.
    pub cut_off_record: bool,
    /// The transactions, ordered by nonce.
    pub transactions: Vec<RecoveredTransaction>,
}

/// A transaction in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveredTransaction {
    /// The contract function that it calls.
    pub function: String,
    /// The transaction hash.
    pub transaction: TxHash,
    /// The transaction nonce.
    pub nonce: u64,
    /// The key of the call: [`ContractCall::once`](crate::client::ContractCall::once).
    pub key: Option<String>,
    /// The transaction outcome.
    pub fate: TransactionOutcome,
}

/// The outcome of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionOutcome {
    /// This block includes the transaction, and it succeeded.
    Included(BlockId),
    /// This block includes the transaction, and the contract reverted it.
    Reverted(BlockId),
    /// Another transaction used the nonce. This one had no effect and can have none.
    Replaced,
    /// The nodes have the transaction, but it does not have enough confirmations yet.
    Waiting,
    /// The nodes had lost the transaction, and accepted the same bytes again.
    SentAgain,
    /// The nodes do not have the transaction and do not accept it. Replace or cancel it.
    NotTaken {
        /// The reason that the node returned.
        reason: ForeignError,
    },
}

impl Sender {
    /// Finds the outcomes of all journaled transactions that no task waits for.
    pub(in crate::client) async fn recover(&self) -> Result<RecoveryReport, ChainError> {
        let turn = self.turn().await;
        let Some(journal) = &self.journal else {
            return Ok(RecoveryReport { cut_off_record: false, transactions: Vec::new() });
        };
        self.check_genesis().await?;
        let mut transactions = Vec::new();
        for records in unwatched(journal, &turn) {
            transactions.extend(self.recover_nonce(&records).await?);
        }
        Ok(RecoveryReport { cut_off_record: journal.was_torn(), transactions })
    }

    /// Settles or resends earlier transactions that would block later ones forever.
    pub(super) async fn unblock(&self, turn: &SendTurn) -> Result<(), ChainError> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let left = unwatched(journal, turn);
        if left.is_empty() {
            return Ok(());
        }
        let (reader, account) = (&self.reader, self.account);
        let (mined, pending) =
            (mined_count(reader, account).await?, pending_count(reader, account).await?);
        // Transactions between the two counts wait in the node's pool and need no action.
        let in_question = left.into_iter().filter(|records| {
            records.first().is_some_and(|record| record.nonce < mined || record.nonce >= pending)
        });
        for records in in_question {
            for recovered in self.recover_nonce(&records).await? {
                if let TransactionOutcome::NotTaken { reason } = recovered.fate {
                    let RecoveredTransaction { transaction, nonce, .. } = recovered;
                    return Err(ChainError::Blocked { transaction, nonce, reason });
                }
            }
        }
        Ok(())
    }

    /// Finds the outcomes of all transactions signed for one nonce.
    async fn recover_nonce(
        &self,
        records: &[SignedRecord],
    ) -> Result<Vec<RecoveredTransaction>, ChainError> {
        let Some(mut flight) = self.flight_of(records) else {
            return Ok(Vec::new());
        };
        let found = self.found(&mut flight).await?;
        let fate_of = |record: &SignedRecord| match &found {
            FoundOutcome::Included(hash, fate) if *hash == record.hash => fate.clone(),
            FoundOutcome::Included(..) => TransactionOutcome::Replaced,
            FoundOutcome::Other(fate) => fate.clone(),
        };
        let recovered = records.iter().map(|record| RecoveredTransaction {
            function: record.function.clone(),
            transaction: record.hash,
            nonce: record.nonce,
            key: record.key.clone(),
            fate: fate_of(record),
        });
        let recovered = recovered.collect();
        flight.held.release();
        Ok(recovered)
    }

    async fn found(&self, flight: &mut Flight) -> Result<FoundOutcome, ChainError> {
        match flight.sight(self).await? {
            Sighting::Included(included) => {
                if included.confirmations < self.confirmations {
                    return Ok(FoundOutcome::Other(TransactionOutcome::Waiting));
                }
                flight.settle(self.journal.as_ref(), Some(included.signed.hash)).await;
                let block = included.block();
                let fate = match included.succeeded() {
                    true => TransactionOutcome::Included(block),
                    false => TransactionOutcome::Reverted(block),
                };
                Ok(FoundOutcome::Included(included.signed.hash, fate))
            }
            Sighting::NonceUsed { .. } => {
                // Check twice, because the nodes behind one address may be at different heights.
                if !matches!(flight.sight(self).await?, Sighting::NonceUsed { .. }) {
                    return Ok(FoundOutcome::Other(TransactionOutcome::Waiting));
                }
                flight.settle(self.journal.as_ref(), None).await;
                Ok(FoundOutcome::Other(TransactionOutcome::Replaced))
            }
            Sighting::Waiting => Ok(FoundOutcome::Other(self.sent_again(flight).await)),
        }
    }

    async fn sent_again(&self, flight: &Flight) -> TransactionOutcome {
        if is_known(&self.reader, flight.attempts.newest_hash()).await {
            return TransactionOutcome::Waiting;
        }
        match self.give_again(flight).await {
            Ok(()) => TransactionOutcome::SentAgain,
            Err(reason) => TransactionOutcome::NotTaken { reason },
        }
    }
}

enum FoundOutcome {
    Included(TxHash, TransactionOutcome),
    Other(TransactionOutcome),
}

/// Returns the transactions without a known outcome that no task of this process waits for, grouped
/// by nonce.
fn unwatched(journal: &Journal, turn: &SendTurn) -> Vec<Vec<SignedRecord>> {
    let mut by_nonce: Vec<Vec<SignedRecord>> = Vec::new();
    for record in journal.waiting() {
        if turn.is_watched(record.nonce) {
            continue;
        }
        match by_nonce.last_mut() {
            Some(group) if group.iter().all(|other| other.nonce == record.nonce) => {
                group.push(record);
            }
            _ => by_nonce.push(vec![record]),
        }
    }
    by_nonce
}
