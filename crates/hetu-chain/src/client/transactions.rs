//! Transactions of any kind, for what has no handle of its own.

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{
    Cancellation, ContractCall, RecoveryReport, SenderSettings, SentTransaction, TransactionStatus,
    pending_count, status,
};
use crate::abi::Write;
use crate::{Address, Amount, TxHash};

/// Creates and calls any contract, simulated, priced and confirmed like every other change.
#[derive(Clone, Copy, Debug)]
pub struct Transactions<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
}

impl<'client> Transactions<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// How many transactions of `account` blocks include: the nonce of its next one.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn count(self, account: Address) -> Result<u64, ChainError> {
        pending_count(self.reader, account).await
    }

    /// Creates a contract by running `code`, which is creation code with its ABI-encoded
    /// arguments behind it. [`TransactionReceipt::created`](crate::model::TransactionReceipt::created) is where it stands.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the constructor refuses.
    pub fn create(self, code: Vec<u8>) -> ContractCall<'client> {
        let creation = Write::raw("constructor", code);
        ContractCall::new(self.settings, None, creation)
    }

    /// Calls `contract` with ABI-encoded `data`, and sends it `value`. `function` names the call
    /// in errors.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract refuses.
    pub fn call(
        self,
        contract: Address,
        function: &str,
        data: Vec<u8>,
        value: Amount,
    ) -> ContractCall<'client> {
        ContractCall::new(self.settings, contract, Write::raw(function, data)).paying(value)
    }

    /// Where a transaction of any account is.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn status(self, transaction: TxHash) -> Result<TransactionStatus, ChainError> {
        status(self.reader, transaction).await
    }

    /// The transaction that the journal holds under the key of [`ContractCall::once`], unless it was
    /// replaced or refused: making the call under that key again sends nothing.
    ///
    /// # Errors
    /// [`ChainError::Journal`], also without a journal.
    pub fn sent_once(self, key: &str) -> Result<Option<TxHash>, ChainError> {
        self.settings.sender()?.sent_under_key(key)
    }

    /// A transaction of the wallet that was sent before, for waiting for it.
    ///
    /// # Errors
    /// [`ChainError::UnknownTransaction`] if neither node nor journal knows it.
    pub async fn find(self, transaction: TxHash) -> Result<SentTransaction, ChainError> {
        let sender = self.settings.sender()?;
        SentTransaction::find(sender, &self.settings.options, transaction).await
    }

    /// Offers more for a transaction of the wallet that waits. Whoever of this process waits for
    /// it waits for both. Nothing is done if a block includes it already.
    ///
    /// # Errors
    /// Those of [`find`](Self::find) and [`SentTransaction::bump_fees`].
    pub async fn replace(self, transaction: TxHash) -> Result<SentTransaction, ChainError> {
        let mut sent = self.find(transaction).await?;
        sent.bump_fees().await?;
        Ok(sent)
    }

    /// Takes a transaction of the wallet that waits out of the way.
    ///
    /// # Errors
    /// Those of [`find`](Self::find) and [`SentTransaction::cancel`].
    pub async fn cancel(self, transaction: TxHash) -> Result<Cancellation, ChainError> {
        self.find(transaction).await?.cancel().await
    }

    /// Finds out what became of the transactions in the journal that nobody waits for, and gives
    /// those that no node has to a node again: the same bytes, so nothing is paid twice. To be
    /// called when a program starts; every send does it as well, as far as it is concerned.
    ///
    /// Without a journal there is nothing to recover.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read; [`ChainError::Journal`].
    pub async fn recover(self) -> Result<RecoveryReport, ChainError> {
        self.settings.sender()?.recover().await
    }
}
