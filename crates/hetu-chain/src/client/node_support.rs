//! The optional parts of the execution API that each node of a network supports.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ChainError;
use super::reader::Reader;
use crate::network::RpcUrl;
use crate::primitives::BlockHash;
use crate::rpc::{BlockRef, CallRequest, HexBytes, Quantity, RpcError, RpcFailure, RpcSession};
use crate::{Address, Amount};

/// The longest range of logs that is tried. It is the longest range that this client reads at once.
const LONGEST_RANGE: u64 = 50_000;
/// The divisor for a range that was not answered in time.
const TIMEOUT_DIVISOR: u64 = 8;
/// An address with an unknown key and without a contract.
const PLACE: Address = Address::new(*b"node check of hetu..");
/// Code that returns 42.
const CODE: [u8; 10] = [0x60, 0x2a, 0x60, 0, 0x52, 0x60, 0x20, 0x60, 0, 0xf3];
const ANSWER: u8 = 42;

/// The optional parts of the execution API that a node supports, as detected by using them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeSupport {
    /// `true` if the node reads the state of a block given by its hash (EIP-1898). Otherwise blocks
    /// are read by number, and their hashes are checked afterwards.
    pub block_hashes: bool,
    /// The number of calls in the largest batch that the node answers, at most 100; 1 without
    /// batches.
    pub batch_calls: usize,
    /// `true` if `eth_call` runs code that is sent with the call (state override).
    pub state_override: bool,
    /// The number of blocks in the longest range of logs that the node answers; at most 50,000, and
    /// at most the number of existing blocks. Zero if the node answers no range.
    pub log_blocks: u64,
    /// The base fee of its latest block, or `None` on chains without EIP-1559.
    pub base_fee: Option<Amount>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeHead {
    number: Quantity,
    hash: BlockHash,
    base_fee_per_gas: Option<Quantity>,
}

/// Detects the features that each endpoint for calls supports, in the network's order.
pub(super) async fn node_support(
    reader: &Reader,
) -> Vec<(RpcUrl, Result<NodeSupport, ChainError>)> {
    let mut found = Vec::new();
    for session in reader.transport().sessions() {
        let support = support(&session).await.map_err(|failure| RpcError::from(failure).into());
        found.push((session.url().clone(), support));
    }
    found
}

async fn support(session: &RpcSession) -> Result<NodeSupport, RpcFailure> {
    let params = vec![json!(BlockRef::Latest), json!(false)];
    let head: NodeHead = session.read("eth_getBlockByNumber", params).await?;
    Ok(NodeSupport {
        block_hashes: takes_block_hashes(session, head.hash).await?,
        batch_calls: session.largest_batch().await?,
        state_override: takes_state_override(session).await?,
        log_blocks: longest_range(session, head.number.0).await?,
        base_fee: head.base_fee_per_gas.map(|Quantity(fee)| Amount::from_wei(fee.into())),
    })
}

async fn takes_block_hashes(session: &RpcSession, hash: BlockHash) -> Result<bool, RpcFailure> {
    let params = vec![json!(PLACE), json!(BlockRef::Hash(hash))];
    session.read::<Value>("eth_getBalance", params).await?;
    Ok(!session.reads_by_number())
}

async fn takes_state_override(session: &RpcSession) -> Result<bool, RpcFailure> {
    let data = HexBytes(Vec::new());
    let call = CallRequest { from: None, to: Some(PLACE), data, value: Amount::ZERO, gas: None };
    let code = json!({ PLACE.to_lower_hex(): { "code": HexBytes(CODE.to_vec()) } });
    let params = vec![json!(call), json!(BlockRef::Latest), code];
    match session.read::<HexBytes>("eth_call", params).await {
        Ok(HexBytes(returned)) => Ok(returned.last() == Some(&ANSWER)),
        Err(RpcFailure::Answered { .. }) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Returns the longest answered range of blocks up to the latest one. Nodes limit a range by its
/// number of blocks, by its number of logs, or by time. The requested logs are those of an address
/// without any.
async fn longest_range(session: &RpcSession, head: u64) -> Result<u64, RpcFailure> {
    let (mut answered, mut refused) = (0, None);
    let mut blocks = LONGEST_RANGE.min(head.saturating_add(1));
    while blocks > answered {
        let from = head.saturating_sub(blocks - 1);
        let filter =
            json!({ "address": PLACE, "fromBlock": Quantity(from), "toBlock": Quantity(head) });
        match session.read::<Value>("eth_getLogs", vec![filter]).await {
            Ok(_) => answered = blocks,
            Err(RpcFailure::Failed(RpcError::TimedOut { .. })) => {
                // Measuring the exact limit is not worth the time of such slow answers.
                blocks /= TIMEOUT_DIVISOR;
                refused = Some(blocks);
                continue;
            }
            Err(failure) if failure.may_be_too_much() => refused = Some(blocks),
            Err(failure) => return Err(failure),
        }
        let Some(refused) = refused else { break };
        blocks = answered.midpoint(refused);
    }
    Ok(answered)
}
