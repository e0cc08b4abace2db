//! Event logs of one node, checked against the request.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{EventError, EventFilter, LoggedEvent};
use crate::abi::{EventSources, log_of};
use crate::model::Log;
use crate::rpc::{Quantity, RawLogEntry, RpcCall, RpcFailure, RpcSession};
use crate::{Address, BlockId, TxHash};

/// The number of addresses in one filter. Nodes accept at most 1,000, and some accept fewer.
const ADDRESSES_PER_CALL: usize = 500;

/// The blocks to search for events.
#[derive(Clone, Copy, Debug)]
pub(super) enum LogScope {
    /// The block with this id.
    Block(BlockId),
    /// The blocks at these heights, whatever their ids.
    Range { from: u64, to: u64 },
}

impl LogScope {
    fn filter(self, addresses: &[Address]) -> Value {
        match self {
            Self::Block(block) => json!({ "blockHash": block.hash, "address": addresses }),
            Self::Range { from, to } => json!({
                "fromBlock": Quantity(from), "toBlock": Quantity(to), "address": addresses
            }),
        }
    }

    fn contains(self, block: BlockId) -> bool {
        match self {
            Self::Block(id) => id == block,
            Self::Range { from, to } => (from..=to).contains(&block.number),
        }
    }
}

/// A reason for which a node's logs cannot be used.
#[derive(Debug)]
pub(super) enum FetchError {
    /// The range may be too large for the node, or for its time limit.
    TooMuch(RpcFailure),
    Failed(EventError),
}

impl From<RpcFailure> for FetchError {
    fn from(failure: RpcFailure) -> Self {
        if failure.may_be_too_much() {
            Self::TooMuch(failure)
        } else {
            Self::Failed(failure.into())
        }
    }
}

impl From<EventError> for FetchError {
    fn from(error: EventError) -> Self {
        Self::Failed(error)
    }
}

impl From<FetchError> for EventError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::TooMuch(failure) => failure.into(),
            FetchError::Failed(error) => error,
        }
    }
}

struct LogEntry {
    block: BlockId,
    log_index: u64,
    transaction: TxHash,
    log: Log,
}

/// Returns the selected events of `scopes` in chain order, and adds the contracts of subnets
/// registered there to `sources`.
pub(super) async fn fetch(
    session: &RpcSession,
    scopes: &[LogScope],
    sources: &mut EventSources,
    filter: &EventFilter,
) -> Result<Vec<LoggedEvent>, FetchError> {
    let mut entries = Vec::new();
    let mut asked = BTreeSet::new();
    loop {
        let addresses: Vec<_> = filter.addresses(sources).difference(&asked).copied().collect();
        if addresses.is_empty() {
            break;
        }
        let found = entries_of(session, scopes, &addresses).await?;
        sources.add_registered(found.iter().map(|entry| &entry.log));
        entries.extend(found);
        asked.extend(addresses);
    }
    entries.sort_by_key(|entry| (entry.block.number, entry.log_index));
    check_positions(session, &entries)?;
    Ok(entries.into_iter().filter_map(|entry| event_of(entry, sources, filter)).collect())
}

fn event_of(entry: LogEntry, sources: &EventSources, filter: &EventFilter) -> Option<LoggedEvent> {
    let LogEntry { block, log_index, transaction, log } = entry;
    let event = sources.decode(&log)?;
    let is_wanted = filter.wants(&event);
    let logged = LoggedEvent { block, log_index, transaction, contract: log.contract, event };
    is_wanted.then_some(logged)
}

/// Checks that each height has one block, and that each log position has one log.
fn check_positions(session: &RpcSession, entries: &[LogEntry]) -> Result<(), EventError> {
    for (one, next) in entries.iter().zip(entries.iter().skip(1)) {
        if one.block.number == next.block.number
            && (one.block.hash != next.block.hash || one.log_index == next.log_index)
        {
            let reason = format!("two logs at position {} of {}", next.log_index, next.block);
            return Err(EventError::contradiction(session, reason));
        }
    }
    Ok(())
}

async fn entries_of(
    session: &RpcSession,
    scopes: &[LogScope],
    addresses: &[Address],
) -> Result<Vec<LogEntry>, FetchError> {
    let parts = || addresses.chunks(ADDRESSES_PER_CALL);
    let queries = || scopes.iter().flat_map(|scope| parts().map(move |part| (*scope, part)));
    let calls: Vec<_> = queries()
        .map(|(scope, part)| RpcCall { method: "eth_getLogs", params: vec![scope.filter(part)] })
        .collect();
    let answers = session.read_batch::<Vec<RawLogEntry>>(&calls).await?;
    let mut entries = Vec::new();
    for ((scope, part), answer) in queries().zip(answers) {
        let found = answer.map_err(|error| session.answered("eth_getLogs", error))?;
        for raw in found {
            entries.extend(checked(session, scope, part, raw)?);
        }
    }
    Ok(entries)
}

/// Returns the entry if it was requested, or `None` if it is not an EVM log.
fn checked(
    session: &RpcSession,
    scope: LogScope,
    addresses: &[Address],
    raw: RawLogEntry,
) -> Result<Option<LogEntry>, EventError> {
    let block = BlockId { number: raw.block_number.0, hash: raw.block_hash };
    if raw.removed || !scope.contains(block) || !addresses.contains(&raw.log.address) {
        let reason = format!("a log of {} in {block}, which was not asked for", raw.log.address);
        return Err(EventError::contradiction(session, reason));
    }
    let (log_index, transaction) = (raw.log_index.0, raw.transaction_hash);
    Ok(log_of(raw.log).map(|log| LogEntry { block, log_index, transaction, log }))
}
