//! From a wish to a receipt: simulate, price, sign, send, wait.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::contract_call::Outcome;
use super::{Call, DryRun, Estimate, SendOptions, SentTransaction};
use crate::abi::UnsignedTransaction;
use crate::client::hetutensor::reverted;
use crate::client::{ChainError, Hetutensor};
use crate::model::Receipt;
use crate::rpc::{BlockRef, CallRequest, HexBytes, Quantity, RawReceipt, RpcError, RpcFailure};
use crate::{Address, TxHash, keccak256};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Hetutensor {
    /// What `call` costs and returns, on the newest state.
    pub(super) async fn rehearse(
        &self,
        call: &Call,
        account: Address,
        options: &SendOptions,
    ) -> Result<DryRun, ChainError> {
        let request = request(call, account);
        let returned = self.simulate(&call.function, &request).await?;
        let gas_limit = match options.gas_limit {
            Some(gas) => gas,
            None => self.gas(&call.function, &request).await?,
        };
        let max_fee_per_gas = self.fees().await?.max_fee_per_gas();
        let estimate = Estimate { gas_limit, max_fee_per_gas, returned };
        Ok(DryRun::new(call.clone(), account, estimate))
    }

    pub(super) async fn send<T>(
        &self,
        call: Call,
        options: SendOptions,
        outcome: Outcome<T>,
    ) -> Result<SentTransaction<T>, ChainError> {
        let request = request(&call, self.address()?);
        self.simulate(&call.function, &request).await?;
        let gas = self.gas(&call.function, &request).await?;
        let hash = self.sign_and_submit(&call.function, request.clone(), gas).await?;
        let hetu = self.clone();
        let function = call.function;
        Ok(SentTransaction { hetu, function, request, hash, options, outcome })
    }

    /// Runs the call on the newest state without sending it, to learn of a refusal for free.
    async fn simulate(&self, function: &str, request: &CallRequest) -> Result<Vec<u8>, ChainError> {
        let params = vec![json!(request), json!(BlockRef::Latest)];
        let outcome = self.transport().read::<HexBytes>("eth_call", params).await;
        outcome.map(|HexBytes(returned)| returned).map_err(|failure| understood(function, failure))
    }

    async fn gas(&self, function: &str, request: &CallRequest) -> Result<u64, ChainError> {
        let estimate = self.transport().read("eth_estimateGas", vec![json!(request)]).await;
        let Quantity(gas) = estimate.map_err(|failure| understood(function, failure))?;
        // The state may change until the transaction runs; unused gas is not paid for.
        Ok(gas.saturating_add(gas / 4))
    }

    async fn sign_and_submit(
        &self,
        function: &str,
        request: CallRequest,
        gas: u64,
    ) -> Result<TxHash, ChainError> {
        let fees = self.fees().await?;
        let signer = self.signer()?;
        let lane = self.lanes().of(signer.address());
        let turn = lane.turn().await;

        let nonce = turn.nonce(self.pending_count(signer.address()).await?);
        let chain_id = self.network().chain_id;
        let CallRequest { to, data: HexBytes(data), value, .. } = request;
        let transaction = UnsignedTransaction { chain_id, nonce, to, value, data, gas, fees };
        let signature = signer.sign(transaction.request()).await?;
        let bytes = transaction.signed(&signature);
        let hash = TxHash::from(keccak256(&bytes));

        self.submit(function, hash, bytes).await?;
        let under_way = turn.sent(nonce);
        tracing::debug!(function, transaction = %hash, nonce, "sent");
        drop(under_way);
        Ok(hash)
    }

    pub(in crate::client) async fn pending_count(
        &self,
        account: Address,
    ) -> Result<u64, ChainError> {
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

    pub(super) async fn included(
        &self,
        transaction: TxHash,
        limit: Duration,
    ) -> Result<RawReceipt, ChainError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let params = vec![json!(transaction)];
            let receipt: Option<RawReceipt> =
                self.transport().read("eth_getTransactionReceipt", params).await?;
            if let Some(receipt) = receipt {
                return Ok(receipt);
            }
            if started.elapsed() > limit {
                return Err(ChainError::Unconfirmed { transaction, waited: limit });
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    pub(super) async fn check_success(
        &self,
        function: &str,
        request: &CallRequest,
        receipt: RawReceipt,
    ) -> Result<Receipt, ChainError> {
        if receipt.status == Quantity(1) {
            return Ok(self.receipt(receipt));
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

fn request(call: &Call, from: Address) -> CallRequest {
    let Call { to, data, value, .. } = call.clone();
    CallRequest { from: Some(from), to, data: HexBytes(data), value }
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
