//! Filters that a client installs once and polls for changes.
//!
//! A filter stores the chain at the time of the last poll, and answers the difference.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::U64;
use alloy_rpc_types_eth::{Filter, FilterChanges};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::error::{RpcResult, limit_exceeded, server_error};
use super::params::Quantity;
use super::{RpcNode, convert, logs};
use crate::chain::{Block, Chain, ChainView, WaitingTransaction};

/// Time without a poll after which a filter is removed, as in go-ethereum.
const LIFETIME: Duration = Duration::from_secs(300);
/// Interval at which expired filters are removed. They are not answered in the meantime.
const SWEEP: Duration = Duration::from_secs(60);

pub(crate) fn register(module: &mut RpcModule<RpcNode>) -> Result<(), RegisterMethodError> {
    module.register_method("eth_newFilter", |params, node, _| {
        let filter: Filter = params.one()?;
        logs::check_range(&filter)?;
        let seen = node.chain.view();
        node.filters
            .install(FilterKind::Logs { filter: Box::new(filter), seen }, node.chain.clock())
    })?;
    module.register_method("eth_newBlockFilter", |_, node, _| {
        let seen = node.chain.view();
        node.filters.install(FilterKind::Blocks { seen }, node.chain.clock())
    })?;
    module.register_method("eth_newPendingTransactionFilter", |params, node, _| {
        let full = params.sequence().optional_next()?.unwrap_or(false);
        let arrivals = node.chain.arrivals();
        node.filters.install(FilterKind::Transactions { arrivals, full }, node.chain.clock())
    })?;
    module.register_blocking_method("eth_getFilterChanges", |params, node, _| {
        let filter = node.filters.find(params.one()?, node.chain.clock())?;
        RpcResult::Ok(filter.lock().changes(&node))
    })?;
    module.register_blocking_method("eth_getFilterLogs", |params, node, _| {
        let filter = node.filters.find(params.one()?, node.chain.clock())?;
        let FilterKind::Logs { filter, .. } = &*filter.lock() else { return Err(not_found()) };
        logs::logs(&node, filter)
    })?;
    module.register_method("eth_uninstallFilter", |params, node, _| {
        RpcResult::Ok(node.filters.uninstall(params.one()?, node.chain.clock()))
    })?;
    Ok(())
}

/// The installed filters, by id.
#[derive(Debug)]
pub(crate) struct Filters {
    capacity: usize,
    table: Mutex<FilterTable>,
}

#[derive(Debug, Default)]
struct FilterTable {
    installed: HashMap<u64, InstalledFilter>,
    ids: u64,
}

#[derive(Debug)]
struct InstalledFilter {
    kind: Arc<Mutex<FilterKind>>,
    /// Time of the last poll.
    asked: Duration,
}

impl Filters {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, table: Mutex::default() }
    }

    /// Removes expired filters periodically, because each retains an old state of the chain.
    pub(crate) fn sweep_regularly(
        self: &Arc<Self>,
        chain: Arc<Chain>,
    ) -> impl Future<Output = ()> + use<> {
        let filters = Arc::clone(self);
        async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                drop(filters.table(chain.clock()));
            }
        }
    }

    fn install(&self, kind: FilterKind, now: Duration) -> RpcResult<U64> {
        let mut table = self.table(now);
        if table.installed.len() >= self.capacity {
            return Err(limit_exceeded(format!(
                "{} filters are installed already: uninstall one of them",
                self.capacity
            )));
        }
        table.ids += 1;
        let id = table.ids;
        table
            .installed
            .insert(id, InstalledFilter { kind: Arc::new(Mutex::new(kind)), asked: now });
        Ok(U64::from(id))
    }

    fn find(&self, id: Quantity, now: Duration) -> RpcResult<Arc<Mutex<FilterKind>>> {
        let mut table = self.table(now);
        let filter = id.to_u64().ok().and_then(|id| table.installed.get_mut(&id));
        let filter = filter.ok_or_else(not_found)?;
        filter.asked = now;
        Ok(Arc::clone(&filter.kind))
    }

    /// Removes a filter. Returns `false` if there is no such filter.
    fn uninstall(&self, id: Quantity, now: Duration) -> bool {
        let mut table = self.table(now);
        id.to_u64().is_ok_and(|id| table.installed.remove(&id).is_some())
    }

    /// Returns all filters that have not expired.
    // No cache crate: the age follows the clock of the chain, and a full table refuses.
    fn table(&self, now: Duration) -> MutexGuard<'_, FilterTable> {
        let mut table = self.table.lock();
        table.installed.retain(|_, filter| now.saturating_sub(filter.asked) < LIFETIME);
        table
    }
}

/// The kind of a filter, with its position.
#[derive(Debug)]
enum FilterKind {
    Logs { filter: Box<Filter>, seen: Arc<ChainView> },
    Blocks { seen: Arc<ChainView> },
    Transactions { arrivals: Receiver<Arc<WaitingTransaction>>, full: bool },
}

impl FilterKind {
    /// Returns the changes since the last call.
    fn changes(&mut self, node: &RpcNode) -> FilterChanges {
        match self {
            Self::Logs { filter, seen } => {
                let removed = |block: &Block| logs::removed(block, filter);
                let added = |block: &Block| logs::added(block, filter);
                FilterChanges::Logs(news(node, seen, removed, added))
            }
            Self::Blocks { seen } => {
                let hash = |block: &Block| vec![block.hash()];
                FilterChanges::Hashes(news(node, seen, |_| Vec::new(), hash))
            }
            Self::Transactions { arrivals, full: false } => {
                let hash = |waiting: Arc<WaitingTransaction>| *waiting.transaction.tx_hash();
                FilterChanges::Hashes(arrived(arrivals).map(hash).collect())
            }
            Self::Transactions { arrivals, full: true } => {
                let whole =
                    |waiting: Arc<WaitingTransaction>| convert::waiting(&waiting.transaction);
                FilterChanges::Transactions(arrived(arrivals).map(whole).collect())
            }
        }
    }
}

/// Returns the items of removed blocks, then those of new blocks, and marks them as reported. If
/// there are too many, the later blocks are left for the next call.
fn news<T>(
    node: &RpcNode,
    seen: &mut Arc<ChainView>,
    removed: impl Fn(&Block) -> Vec<T>,
    added: impl Fn(&Block) -> Vec<T>,
) -> Vec<T> {
    let most = node.limits.log_results.max(1);
    let now = node.chain.view();
    let difference = now.since(seen);
    let mut told: Vec<T> = difference.removed.iter().flat_map(|block| removed(block)).collect();
    for block in &difference.added {
        if told.len() >= most {
            *seen = Arc::new(now.back_to(block.number() - 1));
            return told;
        }
        told.extend(added(block));
    }
    *seen = now;
    told
}

/// Returns the transactions since the last call. If there were too many, the oldest are missing.
fn arrived(
    arrivals: &mut Receiver<Arc<WaitingTransaction>>,
) -> impl Iterator<Item = Arc<WaitingTransaction>> {
    std::iter::from_fn(|| {
        loop {
            match arrivals.try_recv() {
                Ok(waiting) => return Some(waiting),
                Err(TryRecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "a filter is asked too seldom for the transactions");
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    })
}

fn not_found() -> ErrorObjectOwned {
    server_error("filter not found")
}

#[cfg(test)]
mod tests {
    use hetu_chain::clock::ManualClock;

    use super::*;
    use crate::chain::{ChainConfig, Genesis, PoolLimits};

    #[tokio::test(start_paused = true)]
    async fn a_filter_that_nobody_asks_for_lets_go_of_the_old_chain() {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
        let conditions = ChainConfig {
            chain_id: 1,
            pool: PoolLimits { total: 1, queued: 1 },
            max_snapshots: 1,
            history: None,
            clock: clock.clone(),
        };
        let genesis =
            Genesis { block_gas_limit: 30_000_000, base_fee: 1, balances: Vec::new(), salt: 0 };
        let chain = Arc::new(Chain::new(conditions, genesis));
        let filters = Arc::new(Filters::new(1));
        let seen = chain.view();
        let old = Arc::downgrade(&seen);
        filters.install(FilterKind::Blocks { seen }, chain.clock()).unwrap();
        chain.mine(1, None).unwrap();

        let sweeping = tokio::spawn(filters.sweep_regularly(Arc::clone(&chain)));
        clock.advance(LIFETIME - Duration::from_secs(1));
        tokio::time::sleep(2 * SWEEP).await;
        assert!(old.upgrade().is_some());
        clock.advance(Duration::from_secs(1));
        tokio::time::sleep(2 * SWEEP).await;
        assert!(old.upgrade().is_none());
        sweeping.abort();
    }
}
