//! Transactions of any kind, for calls without a handle of their own.

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{
    Cancellation, ContractCall, RecoveryReport, SenderSettings, SentTransaction, TransactionStatus,
    pending_count, status,
};
use crate::abi::Write;
use crate::{Address, Amount, TxHash};

/// A handle that creates and calls any contract. These calls are simulated, priced and confirmed
/// like all others.
#[derive(Clone, Copy, Debug)]
pub struct Transactions<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
}

impl<'client> Transactions<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the nonce of the next transaction of `account`: the number of its transactions in
    /// blocks and in the pool.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn count(self, account: Address) -> Result<u64, ChainError> {
        pending_count(self.reader, account).await
    }

    /// Creates a contract by running `code`, which is creation code followed by its ABI-encoded
    /// arguments. [`TransactionReceipt::created`](crate::model::TransactionReceipt::created)
    /// contains its address.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the constructor reverts.
    pub fn create(self, code: Vec<u8>) -> ContractCall<'client> {
        let creation = Write::raw("constructor", code);
        ContractCall::new(self.settings, None, creation)
    }

    /// Calls `contract` with ABI-encoded `data`, and sends it `value`. `function` is the name of
    /// the call in errors.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract reverts.
    pub fn call(
        self,
        contract: Address,
        function: &str,
        data: Vec<u8>,
        value: Amount,
    ) -> ContractCall<'client> {
        ContractCall::new(self.settings, contract, Write::raw(function, data)).paying(value)
    }

    /// Returns the status of a transaction of any account.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn status(self, transaction: TxHash) -> Result<TransactionStatus, ChainError> {
        status(self.reader, transaction).await
    }

    /// Returns the journaled transaction with the key of [`ContractCall::once`], or `None` if there
    /// is none or it was replaced or refused. A repeated call with that key sends no other
    /// transaction.
    ///
    /// # Errors
    /// [`ChainError::Journal`], also if there is no journal.
    pub fn sent_once(self, key: &str) -> Result<Option<TxHash>, ChainError> {
        self.settings.sender()?.sent_under_key(key)
    }

    /// Returns an earlier transaction of the wallet, in order to wait for it.
    ///
    /// # Errors
    /// [`ChainError::UnknownTransaction`] if neither the node nor the journal knows it.
    pub async fn find(self, transaction: TxHash) -> Result<SentTransaction, ChainError> {
        let sender = self.settings.sender()?;
        SentTransaction::find(sender, &self.settings.options, transaction).await
    }

    /// Replaces a waiting transaction of the wallet by one with a higher fee. Tasks of this process
    /// that wait for the original wait for both. Has no effect if a block already includes the
    /// transaction.
    ///
    /// # Errors
    /// The errors of [`find`](Self::find) and [`SentTransaction::bump_fees`].
    pub async fn replace(self, transaction: TxHash) -> Result<SentTransaction, ChainError> {
        let mut sent = self.find(transaction).await?;
        sent.bump_fees().await?;
        Ok(sent)
    }

    /// Cancels a waiting transaction of the wallet.
    ///
    /// # Errors
    /// The errors of [`find`](Self::find) and [`SentTransaction::cancel`].
    pub async fn cancel(self, transaction: TxHash) -> Result<Cancellation, ChainError> {
        self.find(transaction).await?.cancel().await
    }

    /// Finds the outcomes of the journaled transactions that no task waits for. Submits
    /// transactions that no node has again, with the same bytes, so no payment is repeated. Call
    /// this function when a program starts. Every send also recovers the transactions that would
    /// block it.
    ///
    /// Without a journal, the report is empty.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read; [`ChainError::Journal`].
    pub async fn recover(self) -> Result<RecoveryReport, ChainError> {
        self.settings.sender()?.recover().await
    }
}
