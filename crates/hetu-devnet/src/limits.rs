//! Resource limits that keep one client from exhausting the process.

/// Limits of the chain and its server.
///
/// ```
/// let mut limits = hetu_devnet::DevnetLimits::default();
/// limits.log_blocks = 500;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevnetLimits {
    /// Maximum length of a request, in bytes. 5 MiB by default.
    pub request_bytes: u32,
    /// Maximum length of a response, in bytes. 25 MiB by default.
    pub response_bytes: u32,
    /// Maximum number of requests in one batch. 1,000 by default.
    pub batch: u32,
    /// Maximum number of concurrent connections. 512 by default.
    pub connections: u32,
    /// Maximum number of subscriptions of one connection. 128 by default.
    pub subscriptions: u32,
    /// Maximum number of notifications and answers queued for a slow WebSocket client. 1,024 by
    /// default.
    pub backlog: u32,
    /// Maximum number of blocks that one `eth_getLogs` may cover. 10,000 by default.
    pub log_blocks: u64,
    /// Maximum number of logs that one `eth_getLogs` may return. 10,000 by default. A filter with
    /// more logs returns the rest at the next request.
    pub log_results: usize,
    /// Maximum gas of an `eth_call` or `eth_estimateGas`. 50 million by default.
    pub call_gas: u64,
    /// Maximum number of transactions that wait to be mined. 4,096 by default. When the pool is
    /// full, a better paying transaction replaces the worst paying one.
    pub waiting_transactions: usize,
    /// Maximum number of transactions of one account behind a nonce gap. 64 by default.
    pub queued_per_account: usize,
    /// Maximum number of filters from `eth_newFilter` and the related methods. 1,024 by default.
    pub filters: usize,
    /// Maximum number of snapshots kept by `evm_snapshot`. 1,024 by default.
    pub snapshots: usize,
    /// Maximum number of blocks that one `anvil_mine` or `evm_mine` may mine or one `anvil_reorg`
    /// may replace. 100,000 by default.
    pub mined_blocks: u64,
}

impl Default for DevnetLimits {
    fn default() -> Self {
        Self {
            request_bytes: 5 << 20,
            response_bytes: 25 << 20,
            batch: 1_000,
            connections: 512,
            subscriptions: 128,
            backlog: 1_024,
            log_blocks: 10_000,
            log_results: 10_000,
            call_gas: 50_000_000,
            waiting_transactions: 4_096,
            queued_per_account: 64,
            filters: 1_024,
            snapshots: 1_024,
            mined_blocks: 100_000,
        }
    }
}
