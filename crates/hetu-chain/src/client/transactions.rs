//! Transactions of any kind, for what has no handle of its own.

use super::{ChainError, ContractCall, Hetutensor};
use crate::abi::Write;
use crate::{Address, Amount};

/// Creates and calls any contract, simulated, priced and confirmed like every other change.
#[derive(Clone, Copy, Debug)]
pub struct Transactions<'client> {
    hetu: &'client Hetutensor,
}

impl<'client> Transactions<'client> {
    pub(super) const fn new(hetu: &'client Hetutensor) -> Self {
        Self { hetu }
    }

    /// How many transactions of `account` blocks include: the nonce of its next one.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn count(self, account: Address) -> Result<u64, ChainError> {
        self.hetu.pending_count(account).await
    }

    /// Creates a contract by running `code`, which is creation code with its ABI-encoded
    /// arguments behind it. [`Receipt::created`](crate::Receipt::created) is where it stands.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the constructor refuses.
    pub fn create(self, code: Vec<u8>) -> ContractCall<'client> {
        let creation = Write::raw("constructor", code);
        self.hetu.call(None, creation)
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
        self.hetu.call(contract, Write::raw(function, data)).paying(value)
    }
}
