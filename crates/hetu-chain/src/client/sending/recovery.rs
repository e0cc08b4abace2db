//! What became of transactions that nobody waited for, such as those of a program that died.

use super::flight::Flight;
use super::node_view::{is_known, mined_count, pending_count};
use super::nonce_lane::SendTurn;
use super::sender::Sender;
use super::sighting::Sighting;
use crate::client::error::ChainError;
use crate::client::journal::{Journal, SignedRecord};
use crate::text::ForeignError;
use crate::{BlockId, TxHash};

/// What became of the transactions in the journal that had no known outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// Whether the journal ended within a record when it was opened: the program died while it
    /// wrote, so that transaction was never sent.
    pub cut_off_record: bool,
    /// The transactions, by nonce.
    pub transactions: Vec<RecoveredTransaction>,
}

/// A transaction in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveredTransaction {
    /// The contract function that it calls.
    pub function: String,
    /// Its hash.
    pub transaction: TxHash,
    /// Its nonce.
    pub nonce: u64,
    /// The key it was sent under: [`ContractCall::once`](crate::client::ContractCall::once).
    pub key: Option<String>,
    /// What became of it.
    pub fate: TransactionOutcome,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionOutcome {
    /// This block includes it, and it did what it should.
    Included(BlockId),
    /// This block includes it, and the contract refused.
    Reverted(BlockId),
    /// Another transaction got its nonce: it did nothing and never will.
    Replaced,
    /// The nodes have it, and no block includes it deep enough yet.
    Waiting,
    /// The nodes did not have it. They were given the same bytes and took them.
    SentAgain,
    /// The nodes do not have it and do not take it. Replace or cancel it.
    NotTaken {
        /// What the node said.
        reason: ForeignError,
    },
}

impl Sender {
    /// Finds the outcome of everything in the journal that no task waits for.
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

    /// Settles or sends again transactions of earlier that later ones would wait behind for ever.
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
        // What lies between is waiting in the node's pool, and nothing can be done about it.
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

    /// Finds the outcome of all that was signed for one nonce.
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
                // Looked at twice, as nodes behind one address may be of different heights.
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

/// The transactions whose fate is not known and that nobody of this process waits for, by nonce.
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
