//! The journal of a connection: opening it, reading it, and removing transactions from it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Hetutensor;
use crate::client::error::{ChainError, JournalError};
use crate::client::journal::{Journal, JournalIdentity, Settlement, SignedRecord};
use crate::{Address, TxHash};

/// The longest wait for a journal that another process uses.
const LOCK_LIMIT: Duration = Duration::from_secs(30);

/// A journaled transaction without a known outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournaledTransaction {
    /// The transaction hash.
    pub transaction: TxHash,
    /// The transaction nonce.
    pub nonce: u64,
    /// The contract function that it calls.
    pub function: String,
    /// `true` if it only cancels another transaction by using its nonce.
    pub cancels: bool,
    /// The key of the call: [`ContractCall::once`](crate::client::ContractCall::once).
    pub key: Option<String>,
    /// The time of signing, in seconds since 1970.
    pub signed_at: u64,
    /// `true` if the journal names this chain. Journals of earlier releases name no chain.
    pub names_chain: bool,
}

impl Hetutensor {
    /// Records each transaction of the connection's wallet in a file in `folder` before it is sent.
    /// After a crash, [`Transactions::recover`](crate::client::Transactions::recover) finds every
    /// sent transaction, so that no payment is repeated. Attach the wallet first.
    ///
    /// Each account on each chain has its own file. Only the owner of the file can read it, and
    /// only one process can use it at a time; another process is waited for up to 30 s. A chain is
    /// identified by its id and its first block. Transactions of a development chain that was
    /// restarted are therefore neither sent nor waited for.
    ///
    /// A journal of an earlier release does not name the first block. Its transactions are moved to
    /// the new journal if this chain knows them. If it contains others, they are not sent, and this
    /// function returns an error.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`]; [`ChainError::NoGenesis`]; [`ChainError::Journal`] if another
    /// process uses the journal, if it cannot be read, or if a journal of an earlier release
    /// contains transactions of an unknown chain.
    pub async fn with_journal(self, folder: impl Into<PathBuf>) -> Result<Self, ChainError> {
        self.with_journal_within(folder, LOCK_LIMIT).await
    }

    /// Opens the journal like [`Hetutensor::with_journal`], and waits for another process up to
    /// `limit`.
    ///
    /// # Errors
    /// The errors of [`Hetutensor::with_journal`].
    pub async fn with_journal_within(
        mut self,
        folder: impl Into<PathBuf>,
        limit: Duration,
    ) -> Result<Self, ChainError> {
        let folder = folder.into();
        let account = self.address()?;
        let journal = Journal::open(folder.clone(), self.identity(account).await?, limit).await?;
        self.take_over_older(folder, account, &journal, limit).await?;
        self.settings.journal = Some(journal);
        Ok(self)
    }

    /// Returns the transactions of `account` without a known outcome in the journal in `folder`,
    /// ordered by nonce. Requires neither the key nor the lock.
    ///
    /// # Errors
    /// [`ChainError::NoGenesis`]; [`ChainError::Journal`] if a journal cannot be read.
    pub async fn journaled(
        &self,
        folder: impl Into<PathBuf>,
        account: Address,
    ) -> Result<Vec<JournaledTransaction>, ChainError> {
        let folder = folder.into();
        let identity = self.identity(account).await?;
        let mut found = Vec::new();
        for identity in [identity, without_genesis(identity)] {
            let records = Journal::peek(folder.clone(), identity).await?;
            found.extend(records.into_iter().map(JournaledTransaction::from));
        }
        Ok(found)
    }

    /// Removes a transaction of `account` and its replacements from the journal in `folder`,
    /// regardless of their outcome. They are neither waited for nor sent again. A node that has one
    /// of them may still include it.
    ///
    /// # Errors
    /// [`ChainError::UnknownTransaction`] if the journal does not contain the transaction, and the
    /// errors of [`Hetutensor::with_journal`].
    pub async fn forget_journaled(
        &self,
        folder: impl Into<PathBuf>,
        account: Address,
        transaction: TxHash,
    ) -> Result<(), ChainError> {
        let folder = folder.into();
        let identity = self.identity(account).await?;
        for identity in [identity, without_genesis(identity)] {
            if !Journal::exists(&folder, identity) {
                continue;
            }
            let journal = Journal::open(folder.clone(), identity, LOCK_LIMIT).await?;
            let records = records(&journal);
            let Some((named, _)) = records.iter().find(|(record, _)| record.hash == transaction)
            else {
                continue;
            };
            // Remove its replacements as well, because at most one of them is ever included.
            let of_nonce = records.iter().filter(|(record, _)| record.nonce == named.nonce);
            let forgotten = of_nonce.map(|(record, _)| (record.hash, Settlement::Forgotten));
            return Ok(journal.settle(forgotten.collect()).await?);
        }
        Err(ChainError::UnknownTransaction { transaction, account })
    }

    async fn identity(&self, account: Address) -> Result<JournalIdentity, ChainError> {
        let genesis = Some(self.genesis().await?);
        Ok(JournalIdentity { chain_id: self.network().chain_id, genesis, account })
    }

    /// Moves the transactions that this chain knows out of a journal that does not name its chain.
    async fn take_over_older(
        &self,
        folder: PathBuf,
        account: Address,
        journal: &Arc<Journal>,
        limit: Duration,
    ) -> Result<(), ChainError> {
        let genesis = journal.genesis();
        let chain_id = self.network().chain_id;
        let identity = JournalIdentity { chain_id, genesis: None, account };
        if !Journal::exists(&folder, identity) {
            return Ok(());
        }
        let older = Journal::open(folder, identity, limit).await?;
        let mut unknown = Vec::new();
        for (record, is_finished) in records(&older) {
            let hash = record.hash;
            if !self.has_transaction(hash).await? {
                unknown.push(hash);
                continue;
            }
            journal.signed(SignedRecord { genesis, ..record }).await?;
            if is_finished {
                journal.settle(vec![(hash, Settlement::Included)]).await?;
            }
            // The copy is already on disk: after a crash in between, it is copied again.
            older.settle(vec![(hash, Settlement::Moved)]).await?;
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let path = older.path().to_owned();
        Err(JournalError::UnknownChain { path, transactions: unknown }.into())
    }

    /// Returns `true` if the chain has the transaction, waiting or included.
    async fn has_transaction(&self, transaction: TxHash) -> Result<bool, ChainError> {
        for method in ["eth_getTransactionReceipt", "eth_getTransactionByHash"] {
            let found: Option<Value> =
                self.reader.transport().read(method, vec![json!(transaction)]).await?;
            if found.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

const fn without_genesis(identity: JournalIdentity) -> JournalIdentity {
    JournalIdentity { genesis: None, ..identity }
}

/// Returns the transactions of a journal. Each has `true` if a block includes it.
fn records(journal: &Journal) -> Vec<(SignedRecord, bool)> {
    let finished = journal.finished().into_iter().map(|record| (record, true));
    finished.chain(journal.waiting().into_iter().map(|record| (record, false))).collect()
}

impl From<SignedRecord> for JournaledTransaction {
    fn from(record: SignedRecord) -> Self {
        Self {
            transaction: record.hash,
            nonce: record.nonce,
            function: record.function,
            cancels: record.cancels,
            key: record.key,
            signed_at: record.time,
            names_chain: record.genesis.is_some(),
        }
    }
}
