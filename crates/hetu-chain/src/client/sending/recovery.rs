//! What became of transactions that nobody waited for, such as those of a program that died.

use super::flight::Flight;
use super::nonce_lane::Turn;
use super::watch::{Inclusion, Sighting};
use crate::client::journal::{Journal, SignedRecord};
use crate::client::{ChainError, Hetutensor};
use crate::rpc::Quantity;
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
        /// The refusal of the node.
        reason: ForeignError,
    },
}

impl Hetutensor {
    /// Finds out what became of everything in the journal that nobody waits for.
    pub(in crate::client) async fn recover(&self) -> Result<RecoveryReport, ChainError> {
        let account = self.address()?;
        let turn = self.lanes().of(account).turn().await;
        let Some(journal) = self.journal()? else {
            return Ok(RecoveryReport { cut_off_record: false, transactions: Vec::new() });
        };
        self.check_genesis().await?;
        let mut transactions = Vec::new();
        for records in unwatched(journal, &turn) {
            transactions.extend(self.recover_nonce(&records).await?);
        }
        Ok(RecoveryReport { cut_off_record: journal.was_torn(), transactions })
    }

    /// Sees to transactions of earlier that later ones would wait behind for ever.
    pub(super) async fn unblock(&self, turn: &Turn) -> Result<(), ChainError> {
        let Some(journal) = self.journal()? else {
            return Ok(());
        };
        let left = unwatched(journal, turn);
        if left.is_empty() {
            return Ok(());
        }
        let account = self.address()?;
        let (mined, pending) =
            (self.mined_count(account).await?, self.pending_count(account).await?);
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

    /// What became of all that was signed for one nonce.
    async fn recover_nonce(
        &self,
        records: &[SignedRecord],
    ) -> Result<Vec<RecoveredTransaction>, ChainError> {
        let Some(mut flight) = self.flight_of(self.address()?, records) else {
            return Ok(Vec::new());
        };
        let found = self.found(&mut flight).await?;
        let fate_of = |record: &SignedRecord| match &found {
            Found::Included(hash, fate) if *hash == record.hash => fate.clone(),
            Found::Included(..) => TransactionOutcome::Replaced,
            Found::Other(fate) => fate.clone(),
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

    async fn found(&self, flight: &mut Flight) -> Result<Found, ChainError> {
        match self.sight(flight).await? {
            Sighting::Included(inclusion) => {
                let Inclusion { attempt, receipt, confirmations } = *inclusion;
                if confirmations < self.send_options().confirmations {
                    return Ok(Found::Other(TransactionOutcome::Waiting));
                }
                let block = BlockId { number: receipt.block_number.0, hash: receipt.block_hash };
                self.settle(flight, Some(attempt.hash)).await;
                let succeeded = receipt.status == Quantity(1);
                let fate = if succeeded {
                    TransactionOutcome::Included(block)
                } else {
                    TransactionOutcome::Reverted(block)
                };
                Ok(Found::Included(attempt.hash, fate))
            }
            Sighting::NonceUsed { .. } => {
                // Looked at twice, as nodes behind one address may be of different heights.
                if !matches!(self.sight(flight).await?, Sighting::NonceUsed { .. }) {
                    return Ok(Found::Other(TransactionOutcome::Waiting));
                }
                self.settle(flight, None).await;
                Ok(Found::Other(TransactionOutcome::Replaced))
            }
            Sighting::Waiting => Ok(Found::Other(self.sent_again(flight).await)),
        }
    }

    async fn sent_again(&self, flight: &Flight) -> TransactionOutcome {
        if self.is_known(flight.attempts.newest_hash()).await {
            return TransactionOutcome::Waiting;
        }
        match self.give_again(flight).await {
            Ok(()) => TransactionOutcome::SentAgain,
            Err(reason) => TransactionOutcome::NotTaken { reason },
        }
    }
}

enum Found {
    Included(TxHash, TransactionOutcome),
    Other(TransactionOutcome),
}

/// The transactions whose fate is not known and that nobody of this process waits for, by nonce.
fn unwatched(journal: &Journal, turn: &Turn) -> Vec<Vec<SignedRecord>> {
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
