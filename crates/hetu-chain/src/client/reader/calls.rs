//! Calls of read-only contract functions.

use serde_json::json;

use super::Reader;
use crate::abi::{Read, revert_of};
use crate::client::error::ChainError;
use crate::rpc::{CallRequest, HexBytes, NodeError, RpcCall, RpcFailure};
use crate::{Address, Amount};

impl Reader {
    /// Calls a function of the contract at `contract`.
    pub(crate) async fn read<T>(&self, contract: Address, read: Read<T>) -> Result<T, ChainError> {
        let call = self.call_of(contract, &read);
        let returned: Result<HexBytes, RpcFailure> =
            self.transport().read(call.method, call.params).await;
        match returned {
            Ok(HexBytes(returned)) => decode(&read, &returned),
            Err(RpcFailure::Answered { endpoint, method, error }) => {
                let refusal = reverted(&read.function, &error)
                    .unwrap_or_else(|| RpcFailure::Answered { endpoint, method, error }.into());
                Err(refusal.or_unsupported(read.only_ours))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Calls many functions in few requests. The results have the order of the calls.
    pub(crate) async fn read_many<T>(
        &self,
        reads: Vec<(Address, Read<T>)>,
    ) -> Result<Vec<T>, ChainError> {
        let calls: Vec<_> =
            reads.iter().map(|(contract, read)| self.call_of(*contract, read)).collect();
        let answers = self.transport().read_batch::<HexBytes>(&calls).await?;
        reads
            .iter()
            .zip(answers)
            .map(|((_, read), answer)| match answer {
                Ok(HexBytes(returned)) => decode(read, &returned),
                Err(error) => {
                    Err(reverted(&read.function, &error).unwrap_or_else(|| ChainError::Malformed {
                        function: read.function.clone(),
                        reason: error.message.into(),
                    }))
                }
            })
            .collect()
    }

    fn call_of<T>(&self, contract: Address, read: &Read<T>) -> RpcCall {
        let request = CallRequest {
            from: None,
            to: Some(contract),
            data: HexBytes(read.data.clone()),
            value: Amount::ZERO,
            gas: None,
        };
        RpcCall { method: "eth_call", params: vec![json!(request), json!(self.block)] }
    }
}

fn decode<T>(read: &Read<T>, returned: &[u8]) -> Result<T, ChainError> {
    read.decode(returned)
        .map_err(|reason| ChainError::Malformed { function: read.function.clone(), reason })
}

/// Returns the contract's refusal, or `None` if the node's error has another cause.
pub(in crate::client) fn reverted(function: &str, error: &NodeError) -> Option<ChainError> {
    let revert = revert_of(error.revert_data.as_deref(), &error.message)?;
    Some(ChainError::Reverted { function: function.to_owned(), revert })
}
