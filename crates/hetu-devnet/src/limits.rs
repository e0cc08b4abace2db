//! Bounds that keep one client from using up the whole process.

/// What the chain and its server accept at most.
///
/// ```
/// let mut limits = hetu_devnet::DevnetLimits::default();
/// limits.log_blocks = 500;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevnetLimits {
    /// Length of a request, in bytes. 5 MiB by default.
    pub request_bytes: u32,
    /// Length of a response, in bytes. 25 MiB by default.
    pub response_bytes: u32,
    /// Requests in one batch. 1,000 by default.
    pub batch: u32,
    /// Connections at the same time. 512 by default.
    pub connections: u32,
    /// Subscriptions of one connection. 128 by default.
    pub subscriptions: u32,
    /// Notifications and answers that wait for a slow WebSocket client. 1,024 by default.
    pub backlog: u32,
    /// Blocks that one `eth_getLogs` may cover. 10,000 by default.
    pub log_blocks: u64,
    /// Logs that one `eth_getLogs` may return. 10,000 by default. A filter that has more to tell
    /// tells the rest when it is asked again.
    pub log_results: usize,
    /// Gas of an `eth_call` or `eth_estimateGas`. 50 million by default.
    pub call_gas: u64,
    /// Transactions that wait to be mined. 4,096 by default. When there are as many, the worst
    /// paying gives way to a better paying one.
    pub waiting_transactions: usize,
    /// Transactions of one account that wait behind a gap in its nonces. 64 by default.
    pub queued_per_account: usize,
    /// Filters that are installed by `eth_newFilter` and its kin. 1,024 by default.
    pub filters: usize,
    /// Snapshots kept by `evm_snapshot`. 1,024 by default.
    pub snapshots: usize,
    /// Blocks that one `anvil_mine` or `evm_mine` may mine or one `anvil_reorg` may replace.
    /// 100,000 by default.
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
