//! Reads of one chain at one block.

mod calls;
mod genesis;
mod receipts;

pub(super) use calls::reverted;
pub(super) use receipts::no_subnet;

use std::fmt;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use serde_json::json;

use super::error::ChainError;
use super::lens_memory::LensMemory;
use crate::abi::EventSources;
use crate::model::{Block, Contract};
use crate::network::Network;
use crate::primitives::BlockHash;
use crate::rpc::{BlockRef, RawBlock, RpcError, RpcTransport, TransportOptions};
use crate::{Address, Amount, BlockId};

/// A reader of the state of one chain after one block. Clones share the connection.
#[derive(Clone)]
pub(crate) struct Reader {
    connection: Arc<ChainConnection>,
    block: BlockRef,
}

struct ChainConnection {
    network: Network,
    transport: RpcTransport,
    sources: ArcSwap<EventSources>,
    lens: LensMemory,
    /// The first block of the chain at connection time.
    genesis: OnceLock<BlockHash>,
}

impl Reader {
    /// Connects to a node of `network`, and verifies that it is on the right chain.
    pub(super) async fn connect(
        network: Network,
        options: &TransportOptions,
    ) -> Result<Self, ChainError> {
        let transport = RpcTransport::new(&network.endpoints, network.chain_id, options)?;
        transport.connect().await.map_err(|error| wrong_chain(&network, error))?;
        let sources = ArcSwap::from_pointee(EventSources::new(&network.contracts));
        let connection = ChainConnection {
            network,
            transport,
            sources,
            lens: LensMemory::default(),
            genesis: OnceLock::new(),
        };
        Ok(Self { connection: Arc::new(connection), block: BlockRef::Latest })
    }

    /// Returns a reader of the state after `block`, on the same connection.
    pub(crate) fn at(&self, block: BlockRef) -> Self {
        Self { block, ..self.clone() }
    }

    pub(crate) fn network(&self) -> &Network {
        &self.connection.network
    }

    pub(crate) fn transport(&self) -> &RpcTransport {
        &self.connection.transport
    }

    pub(super) fn lens_memory(&self) -> &LensMemory {
        &self.connection.lens
    }

    /// Returns the reference to the block of the reads, as used in calls.
    pub(super) const fn block_ref(&self) -> BlockRef {
        self.block
    }

    /// Returns the block of the reads.
    pub(crate) async fn block(&self) -> Result<Block, ChainError> {
        let (method, block) = match self.block {
            BlockRef::Hash(hash) => ("eth_getBlockByHash", json!(hash)),
            block => ("eth_getBlockByNumber", json!(block)),
        };
        let header: RawBlock =
            self.transport().read_of_block(method, vec![block, json!(false)]).await?;
        Ok(header.into())
    }

    /// Returns the block of the reads, and a reader pinned to it.
    pub(super) async fn pinned(&self) -> Result<(Block, Self), ChainError> {
        let block = self.block().await?;
        Ok((block, self.at(BlockRef::Hash(block.id.hash))))
    }

    /// Returns the native balance of `account`.
    pub(super) async fn native_balance(&self, account: Address) -> Result<Amount, ChainError> {
        let params = vec![json!(account), json!(self.block)];
        let digits: String = self.transport().read("eth_getBalance", params).await?;
        amount_from_hex(&digits).ok_or_else(|| ChainError::Malformed {
            function: "eth_getBalance".into(),
            reason: format!("{digits:?} is not a quantity").into(),
        })
    }

    pub(super) fn not_deployed(&self, contract: Contract) -> ChainError {
        ChainError::NotDeployed { network: self.network().name.clone(), contract }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reader")
            .field("network", &self.network().name)
            .field("block", &self.block)
            .finish_non_exhaustive()
    }
}

impl From<RawBlock> for Block {
    fn from(raw: RawBlock) -> Self {
        Self {
            id: BlockId { number: raw.number.0, hash: raw.hash },
            parent: raw.parent_hash,
            time: raw.timestamp.0,
        }
    }
}

fn wrong_chain(network: &Network, error: RpcError) -> ChainError {
    match error {
        RpcError::OtherChain { expected, actual, .. } => {
            ChainError::WrongChain { network: network.name.clone(), expected, actual }
        }
        other => other.into(),
    }
}

fn amount_from_hex(text: &str) -> Option<Amount> {
    let digits = text.strip_prefix("0x")?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(format!("{digits:0>64}"), &mut bytes).ok()?;
    Some(Amount::from_be_bytes(bytes))
}
