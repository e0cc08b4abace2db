//! A transaction on its way.

use std::fmt;

use super::SendOptions;
use super::contract_call::Outcome;
use crate::TxHash;
use crate::client::{ChainError, Hetutensor};
use crate::model::Receipt;
use crate::rpc::CallRequest;

/// A transaction that a node has taken.
pub struct SentTransaction<T = Receipt> {
    pub(super) hetu: Hetutensor,
    pub(super) function: String,
    pub(super) request: CallRequest,
    pub(super) hash: TxHash,
    pub(super) options: SendOptions,
    pub(super) outcome: Outcome<T>,
}

impl<T> SentTransaction<T> {
    /// The transaction's hash.
    pub const fn hash(&self) -> TxHash {
        self.hash
    }

    /// Waits until the transaction counts.
    ///
    /// # Errors
    /// [`ChainError::Unconfirmed`] after the deadline; call it again to go on waiting.
    pub async fn confirmed(&mut self) -> Result<T, ChainError> {
        let receipt = self.hetu.included(self.hash, self.options.deadline).await?;
        let receipt = self.hetu.check_success(&self.function, &self.request, receipt).await?;
        (self.outcome)(receipt)
    }
}

impl<T> fmt::Debug for SentTransaction<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SentTransaction")
            .field("function", &self.function)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}
