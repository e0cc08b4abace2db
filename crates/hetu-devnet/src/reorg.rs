//! Reorganisations of the chain.

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

/// A reorganisation: so many of the latest blocks are replaced by as many others.
///
/// The new blocks are empty but for what [`with_transaction`](Self::with_transaction) puts there.
/// What was in the old ones waits to be mined again, as on a live network, unless
/// [`forgetting_transactions`](Self::forgetting_transactions) says otherwise.
///
/// ```
/// use hetu_devnet::Reorg;
///
/// let reorg = Reorg::of_depth(3).forgetting_transactions();
/// # let _ = reorg;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing happens until it is given to `Devnet::reorg`"]
pub struct Reorg {
    pub(crate) depth: u64,
    pub(crate) transactions: Vec<(u64, Vec<u8>)>,
    pub(crate) forgets: bool,
}

impl Reorg {
    /// Replaces the latest `depth` blocks.
    pub fn of_depth(depth: u64) -> Self {
        Self { depth, transactions: Vec::new(), forgets: false }
    }

    /// Puts a signed transaction, encoded as for `eth_sendRawTransaction`, into one of the new
    /// blocks, after those already there. `block` counts the new blocks from 0.
    pub fn with_transaction(mut self, block: u64, raw: impl Into<Vec<u8>>) -> Self {
        self.transactions.push((block, raw.into()));
        self
    }

    /// Drops the transactions of the replaced blocks for good.
    pub fn forgetting_transactions(mut self) -> Self {
        self.forgets = true;
        self
    }
}

/// Why the chain is not reorganised. It is then as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReorgError {
    /// The oldest block that is kept cannot be replaced.
    #[error("{depth} blocks cannot be replaced: ask for at most {most}")]
    TooDeep {
        /// How many blocks were to be replaced.
        depth: u64,
        /// How many blocks come after the oldest one.
        most: u64,
    },
    /// A transaction was to be put into a block that there will not be.
    #[error("there is no new block {block}: {depth} are mined, counted from 0")]
    NoSuchBlock {
        /// The position among the new blocks.
        block: u64,
        /// How many blocks are replaced.
        depth: u64,
    },
    /// A transaction that was to be in a new block cannot be decoded or may not run there.
    #[error("a transaction for the new block {block} is refused: {reason}")]
    Transaction {
        /// The position among the new blocks.
        block: u64,
        /// The refusal of the chain.
        #[source]
        reason: ForeignError,
    },
    /// The new blocks cannot be saved in the state folder.
    #[error("the new blocks cannot be saved: {reason}")]
    Unsaved {
        /// The error of the database.
        #[source]
        reason: ForeignError,
    },
    /// The tokio runtime shut down.
    #[error("the tokio runtime stopped: keep it running while the devnet is in use")]
    RuntimeStopped,
}

impl Retryable for ReorgError {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
