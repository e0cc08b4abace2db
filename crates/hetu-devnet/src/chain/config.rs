//! The configuration of a chain.

use std::sync::Arc;

use hetu_chain::Clock;

use super::pool::PoolLimits;

/// The configuration of a new or a resumed chain.
#[derive(Clone, Debug)]
pub(crate) struct ChainConfig {
    pub(crate) chain_id: u64,
    pub(crate) pool: PoolLimits,
    pub(crate) max_snapshots: usize,
    /// Number of kept blocks, or `None` if all are kept.
    pub(crate) history: Option<u64>,
    pub(crate) clock: Arc<dyn Clock>,
}
