//! Replacement of the latest blocks by others.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::Bytes;
use hetu_chain::text::ForeignError;

use super::block::{Block, Transaction};
use super::mine::build_of;
use super::unsaved::UnsavedChange;
use super::view::ChainView;
use super::{Chain, ChainWriter};
use crate::reorg::ReorgError;

/// The replacement of the latest blocks.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// Number of blocks that are replaced by as many others.
    pub(crate) depth: u64,
    /// Transactions of the new blocks, each with the position of its block among them.
    pub(crate) transactions: Vec<(u64, Transaction)>,
    /// `true` if the transactions of the old blocks are dropped, not mined again.
    pub(crate) forgets: bool,
}

impl Chain {
    /// Replaces the latest blocks and returns the number of the latest one. If mining is instant,
    /// the waiting transactions are mined at once, in further blocks.
    ///
    /// # Errors
    ///
    /// Returns an error if there are not that many blocks, or a new one cannot hold its
    /// transactions. The chain is then unchanged.
    pub(crate) fn reorg(&self, replacement: Replacement) -> Result<u64, ReorgError> {
        let Replacement { depth, transactions, forgets } = replacement;
        let mut contents = by_block(depth, transactions)?;
        let mut writer = self.writer();
        let (mut view, mut time) = (writer.view.clone(), writer.time);
        let orphans = take_off(&mut view, depth)?;
        for (position, orphan) in (0..).zip(&orphans) {
            let transactions = contents.remove(&position).unwrap_or_default();
            let timestamp = time.next_block(self.clock.unix_time(), view.head().header.timestamp);
            let mut header = view.head().child_header(timestamp);
            header.extra_data = unlike(orphan);
            let block =
                build_of(&view, self.chain_id, header, &transactions).map_err(|reason| {
                    ReorgError::Transaction { block: position, reason: ForeignError::new(reason) }
                })?;
            view.extend(block);
            time.block_mined();
        }
        (writer.view, writer.time) = (view, time);
        if !forgets {
            restore(&mut writer, &orphans);
        }
        self.settle(&mut writer)?;
        Ok(writer.view.head().number())
    }
}

fn by_block(
    depth: u64,
    transactions: Vec<(u64, Transaction)>,
) -> Result<BTreeMap<u64, Vec<Transaction>>, ReorgError> {
    let mut contents: BTreeMap<u64, Vec<Transaction>> = BTreeMap::new();
    for (block, transaction) in transactions {
        if block >= depth {
            return Err(ReorgError::NoSuchBlock { block, depth });
        }
        contents.entry(block).or_default().push(transaction);
    }
    Ok(contents)
}

/// Removes the latest `depth` blocks and returns them, oldest first. `view` still finds them by
/// hash.
fn take_off(view: &mut ChainView, depth: u64) -> Result<Vec<Arc<Block>>, ReorgError> {
    let most = view.head().number() - view.oldest().number();
    let mut orphans = Vec::new();
    for _ in 0..depth {
        orphans.push(view.pop().ok_or(ReorgError::TooDeep { depth, most })?);
    }
    orphans.reverse();
    for orphan in &orphans {
        view.orphans.push(Arc::clone(orphan));
    }
    Ok(orphans)
}

/// Returns extra data that makes a block differ from `orphan`, even if all else is equal.
fn unlike(orphan: &Block) -> Bytes {
    let mut mark = b"hetu-devnet".to_vec();
    // The extra data of a block has room for 32 bytes.
    mark.extend_from_slice(&orphan.hash()[..20]);
    mark.into()
}

/// Returns the transactions of `orphans` to the pool, if they can still be mined.
fn restore(writer: &mut ChainWriter, orphans: &[Arc<Block>]) {
    for transaction in orphans.iter().flat_map(|orphan| &orphan.transactions) {
        let hash = *transaction.tx_hash();
        if writer.view.position(&hash).is_some() {
            continue;
        }
        if let Err(reason) = writer.receive(transaction.clone()) {
            tracing::debug!(%hash, %reason, "a transaction of a replaced block is dropped");
        }
    }
}

impl From<UnsavedChange> for ReorgError {
    fn from(UnsavedChange { reason }: UnsavedChange) -> Self {
        Self::Unsaved { reason }
    }
}
