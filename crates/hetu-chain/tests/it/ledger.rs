//! A client that follows the chain and checks every step.

use std::time::Duration;

use hetu_chain::events::{EventNotice, EventStream, LoggedEvent};
use hetu_chain::primitives::ContractAddresses;
use hetu_chain::{BlockId, Hetutensor, NetUid};
use serde_json::{Value, json};

use crate::faulty_node::rpc;
use crate::setup::Chain;

const PATIENCE: Duration = Duration::from_secs(30);

/// The state of the chain as known from notifications alone.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) blocks: Vec<BlockId>,
    pub(crate) events: Vec<LoggedEvent>,
    pub(crate) reorgs: Vec<usize>,
    pending: Vec<LoggedEvent>,
}

impl Ledger {
    pub(crate) fn take(&mut self, notice: EventNotice) {
        match notice {
            EventNotice::Event(event) => self.pending.push(*event),
            EventNotice::Block(block) => {
                let is_next = self.blocks.last().is_none_or(|last| {
                    last.number < block.id.number
                        && (last.number + 1 < block.id.number || last.hash == block.parent)
                });
                assert!(is_next, "{:?} and then {block:?}", self.blocks.last());
                let above = self.blocks.last().map_or(0, |last| last.number + 1);
                for event in self.pending.drain(..) {
                    assert!((above..=block.id.number).contains(&event.block.number));
                    self.events.push(event);
                }
                self.blocks.push(block.id);
            }
            EventNotice::Reorg { back_to, dropped } => {
                assert!(self.pending.is_empty(), "a block was left half told");
                let mut undone = Vec::new();
                while self.blocks.last().is_some_and(|last| last.number > back_to.number) {
                    undone.extend(self.blocks.pop());
                }
                // A resumed stream knows only the block after which it continues.
                assert!(!dropped.is_empty() && undone.starts_with(&dropped), "{dropped:?}");
                self.events.retain(|event| event.block.number <= back_to.number);
                self.reorgs.push(undone.len());
            }
            other => panic!("{other:?}"),
        }
    }

    /// Returns the block up to which all events were reported, or `None` in the middle of a block.
    pub(crate) fn checkpoint(&self) -> Option<BlockId> {
        self.blocks.last().copied().filter(|_| self.pending.is_empty())
    }

    pub(crate) async fn follow_one(&mut self, stream: &mut EventStream) {
        let notice = tokio::time::timeout(PATIENCE, stream.next()).await.expect("nothing came");
        self.take(notice.unwrap().unwrap());
    }

    /// Follows the stream up to the newest block.
    pub(crate) async fn follow_to_head(&mut self, stream: &mut EventStream, hetu: &Hetutensor) {
        let head = hetu.block().await.unwrap().id;
        while self.blocks.last() != Some(&head) {
            self.follow_one(stream).await;
        }
    }

    /// Returns the positions of the events: block and index.
    pub(crate) fn positions(&self) -> Vec<(String, u64)> {
        let position = |event: &LoggedEvent| (event.block.hash.to_string(), event.log_index);
        self.events.iter().map(position).collect()
    }
}

/// Returns the positions of the logs of the network's contracts, as the node reports them in one
/// answer.
pub(crate) async fn logs_of_node(chain: &Chain, from: u64) -> Vec<(String, u64)> {
    let hetu = chain.connect().await;
    let ContractAddresses { lens, .. } = chain.node.contracts();
    let contracts = chain.node.contracts();
    let fixed = contracts.iter().map(|(_, address)| address);
    let mut addresses: Vec<_> = fixed.filter(|address| Some(*address) != lens).collect();
    for netuid in 1..=hetu.subnets().count().await.unwrap() {
        let subnet = hetu.subnets().info(NetUid::new(netuid)).await.unwrap();
        addresses.extend([subnet.alpha_token, subnet.pool]);
    }
    let filter =
        json!([{ "fromBlock": format!("{from:#x}"), "toBlock": "latest", "address": addresses }]);
    let logs = rpc(&chain.node, "eth_getLogs", filter).await;
    let position = |log: &Value| {
        let index = log["logIndex"].as_str().unwrap().trim_start_matches("0x");
        let hash = log["blockHash"].as_str().unwrap().to_owned();
        (hash, u64::from_str_radix(index, 16).unwrap())
    };
    logs.as_array().unwrap().iter().map(position).collect()
}
