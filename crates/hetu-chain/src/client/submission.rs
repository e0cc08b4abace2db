//! From a wish to a receipt: simulate, price, sign, send, wait.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::hetutensor::reverted;
use super::{ChainError, Hetutensor};
use crate::abi::{UnsignedTransaction, Write};
use crate::model::{Log, Receipt};
use crate::rpc::{
    BlockRef, CallRequest, HexBytes, Quantity, RawLog, RawReceipt, RpcError, RpcFailure,
};
use crate::{Address, Amount, BlockId, TxHash, keccak256};

const INCLUSION_LIMIT: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Hetutensor {
    /// Changes something, and returns when a block includes the change.
    ///
    /// Cancel safety: a transaction that was sent before the future was dropped may be included.
    pub(crate) async fn write(
        &self,
        contract: impl Into<Option<Address>>,
        write: Write,
        value: Amount,
    ) -> Result<Receipt, ChainError> {
        let request = CallRequest {
            from: Some(self.address()?),
            to: contract.into(),
            data: HexBytes(write.data),
            value,
        };
        self.simulate(&write.function, &request).await?;
        let gas = self.gas(&write.function, &request).await?;
        self.send(&write.function, request, gas).await
    }

    /// Runs the call on the newest state without sending it, to learn of a refusal for free.
    async fn simulate(&self, function: &str, request: &CallRequest) -> Result<(), ChainError> {
        let params = vec![json!(request), json!(BlockRef::Latest)];
        let outcome = self.transport().read::<HexBytes>("eth_call", params).await;
        outcome.map(drop).map_err(|failure| understood(function, failure))
    }

    async fn gas(&self, function: &str, request: &CallRequest) -> Result<u64, ChainError> {
        let estimate = self.transport().read("eth_estimateGas", vec![json!(request)]).await;
        let Quantity(gas) = estimate.map_err(|failure| understood(function, failure))?;
        // The state may change until the transaction runs; unused gas is not paid for.
        Ok(gas.saturating_add(gas / 4))
    }

    async fn send(
        &self,
        function: &str,
        request: CallRequest,
        gas: u64,
    ) -> Result<Receipt, ChainError> {
        let fees = self.fees().await?;
        let signer = self.signer()?;
        let lane = self.lanes().of(signer.address());
        let turn = lane.turn().await;

        let nonce = turn.nonce(self.pending_count(signer.address()).await?);
        let chain_id = self.network().chain_id;
        let CallRequest { to, data: HexBytes(data), value, .. } = request.clone();
        let transaction = UnsignedTransaction::new(chain_id, nonce, to, value, data, gas, fees);
        let signature = signer.sign(transaction.hash()).await?;
        let bytes = transaction.signed(&signature);
        let hash = TxHash::from(keccak256(&bytes));

        self.submit(function, hash, bytes).await?;
        let under_way = turn.sent(nonce);
        tracing::debug!(function, transaction = %hash, nonce, "sent");
        let receipt = self.included(hash).await?;
        drop(under_way);
        self.check_success(function, &request, receipt).await
    }

    pub(super) async fn pending_count(&self, account: Address) -> Result<u64, ChainError> {
        let params = vec![json!(account), json!("pending")];
        let Quantity(count) = self.transport().read("eth_getTransactionCount", params).await?;
        Ok(count)
    }

    /// Sends once. If the connection breaks meanwhile the node is asked whether it has the
    /// transaction, because sending another could pay twice.
    async fn submit(
        &self,
        function: &str,
        transaction: TxHash,
        bytes: Vec<u8>,
    ) -> Result<(), ChainError> {
        let params = vec![json!(HexBytes(bytes))];
        let sent = self.transport().submit::<TxHash>("eth_sendRawTransaction", params).await;
        match sent {
            Ok(_) => Ok(()),
            Err(RpcFailure::Failed(source)) if source.retryability().is_retryable() => {
                if self.is_known(transaction).await {
                    Ok(())
                } else {
                    Err(uncertain(transaction, source))
                }
            }
            Err(failure) => Err(understood(function, failure)),
        }
    }

    async fn is_known(&self, transaction: TxHash) -> bool {
        let params = vec![json!(transaction)];
        let found: Result<Option<serde_json::Value>, _> =
            self.transport().read("eth_getTransactionByHash", params).await;
        matches!(found, Ok(Some(_)))
    }

    async fn included(&self, transaction: TxHash) -> Result<RawReceipt, ChainError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let params = vec![json!(transaction)];
            let receipt: Option<RawReceipt> =
                self.transport().read("eth_getTransactionReceipt", params).await?;
            if let Some(receipt) = receipt {
                return Ok(receipt);
            }
            if started.elapsed() > INCLUSION_LIMIT {
                return Err(ChainError::Unconfirmed { transaction, waited: INCLUSION_LIMIT });
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn check_success(
        &self,
        function: &str,
        request: &CallRequest,
        receipt: RawReceipt,
    ) -> Result<Receipt, ChainError> {
        if receipt.status == Quantity(1) {
            return Ok(receipt.into());
        }
        // A receipt does not say why, so the call is run again on the state it failed on.
        let params = vec![json!(request), json!(BlockRef::Hash(receipt.block_hash))];
        let again = self.transport().read::<HexBytes>("eth_call", params).await;
        Err(match again {
            Err(failure) => understood(function, failure),
            Ok(_) => ChainError::Reverted {
                function: function.to_owned(),
                revert: crate::abi::decode_revert(&[]),
            },
        })
    }
}

impl From<RawReceipt> for Receipt {
    fn from(raw: RawReceipt) -> Self {
        Self {
            transaction: raw.transaction_hash,
            block: BlockId { number: raw.block_number.0, hash: raw.block_hash },
            gas_used: raw.gas_used.0,
            created: raw.contract_address,
            logs: raw.logs.into_iter().filter_map(log).collect(),
        }
    }
}

/// The log entry, unless a topic does not have the 32 bytes of a topic.
fn log(raw: RawLog) -> Option<Log> {
    let topics = raw.topics.into_iter().map(|topic| topic.0.try_into().ok());
    Some(Log { contract: raw.address, topics: topics.collect::<Option<_>>()?, data: raw.data.0 })
}

fn understood(function: &str, failure: RpcFailure) -> ChainError {
    if let RpcFailure::Answered { error, .. } = &failure
        && let Some(refusal) = reverted(function, error)
    {
        return refusal;
    }
    failure.into()
}

const fn uncertain(transaction: TxHash, source: RpcError) -> ChainError {
    ChainError::Uncertain { transaction, source }
}
