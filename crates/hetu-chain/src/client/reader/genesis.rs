//! Checks that a node serves the chain and the contracts of its network.

use serde_json::{Value, json};

use super::Reader;
use crate::client::error::ChainError;
use crate::primitives::BlockHash;
use crate::rpc::{BlockRef, HexBytes, RawBlock, RpcCall};
use crate::text::ForeignError;

impl Reader {
    /// Returns the current hash of the chain's first block, as reported by the node. This is block
    /// 0, or block 1 if blocks are numbered from 1. Chain ids do not distinguish development
    /// chains.
    ///
    /// # Errors
    /// [`ChainError::NoGenesis`] if the node has neither block, and the errors of reads.
    pub(in crate::client) async fn genesis(&self) -> Result<BlockHash, ChainError> {
        for number in [0, 1] {
            let params = vec![json!(BlockRef::Number(number)), json!(false)];
            let block: Option<RawBlock> =
                self.transport().read("eth_getBlockByNumber", params).await?;
            // Cosmos nodes have no block 0, and return their latest block instead.
            if let Some(block) = block.filter(|block| block.number.0 == number) {
                return Ok(block.hash);
            }
        }
        Err(ChainError::NoGenesis { network: self.network().name.clone() })
    }

    /// Returns the hash of the first block at the time of the contract check, or `None` if the node
    /// did not have block 0.
    pub(in crate::client) fn connected_genesis(&self) -> Option<BlockHash> {
        self.connection.genesis.get().copied()
    }

    /// Verifies that there is code at the address of each contract of the network.
    pub(in crate::client) async fn check_contracts(&self) -> Result<(), ChainError> {
        let network = self.network();
        let contracts: Vec<_> = network.contracts.iter().collect();
        let calls = contracts.iter().map(|(_, address)| RpcCall {
            method: "eth_getCode",
            params: vec![json!(address), json!(BlockRef::Latest)],
        });
        // Read the genesis block in the same request, so that it costs no extra round trip.
        let calls: Vec<_> = calls.chain([genesis_call()]).collect();
        let mut answers = self.transport().read_batch::<Value>(&calls).await?;
        if let Some(genesis) = answers.pop().and_then(Result::ok).and_then(genesis_of) {
            // An error only means that the genesis block is already set.
            let _ = self.connection.genesis.set(genesis);
        }
        for ((contract, address), code) in contracts.into_iter().zip(answers) {
            let malformed =
                |reason| ChainError::Malformed { function: "eth_getCode".into(), reason };
            let code = code.map_err(|error| malformed(error.message.into()))?;
            let HexBytes(code) = serde_json::from_value(code)
                .map_err(|error| malformed(ForeignError::new(error)))?;
            if code.is_empty() {
                return Err(ChainError::NoContract {
                    network: network.name.clone(),
                    contract,
                    address,
                });
            }
        }
        Ok(())
    }
}

/// Returns the call that requests block 0.
fn genesis_call() -> RpcCall {
    RpcCall {
        method: "eth_getBlockByNumber",
        params: vec![json!(BlockRef::Number(0)), json!(false)],
    }
}

/// Returns the hash of block 0, or `None` if the node returned another block.
fn genesis_of(answer: Value) -> Option<BlockHash> {
    let block: RawBlock = serde_json::from_value(answer).ok()?;
    (block.number.0 == 0).then_some(block.hash)
}
