//! Reorganisations of the chain.

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

/// A reorganisation: a number of the latest blocks is replaced by as many others.
///
/// The new blocks are empty except for the transactions added by
/// [`with_transaction`](Self::with_transaction). The transactions of the old blocks wait to be
/// mined again, as on a live network, unless
/// [`forgetting_transactions`](Self::forgetting_transactions) is set.
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
    /// Returns a reorganisation that replaces the latest `depth` blocks.
    pub fn of_depth(depth: u64) -> Self {
        Self { depth, transactions: Vec::new(), forgets: false }
    }

    /// Adds a signed transaction, encoded as for `eth_sendRawTransaction`, to one of the new
    /// blocks, after the transactions already in it. `block` counts the new blocks from 0.
    pub fn with_transaction(mut self, block: u64, raw: impl Into<Vec<u8>>) -> Self {
        self.transactions.push((block, raw.into()));
        self
    }

    /// Drops the transactions of the replaced blocks permanently.
    pub fn forgetting_transactions(mut self) -> Self {
        self.forgets = true;
        self
    }
}

/// Error of a reorganisation. The chain is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReorgError {
    /// The reorganisation would replace the oldest block that is kept.
    #[error("{depth} blocks cannot be replaced: ask for at most {most}")]
    TooDeep {
        /// Requested number of blocks to replace.
        depth: u64,
        /// Number of blocks after the oldest one.
        most: u64,
    },
    /// A transaction was added to a block outside of the new ones.
    #[error("there is no new block {block}: {depth} are mined, counted from 0")]
    NoSuchBlock {
        /// Position among the new blocks.
        block: u64,
        /// Number of replaced blocks.
        depth: u64,
    },
    /// A transaction for a new block cannot be decoded or may not run there.
    #[error("a transaction for the new block {block} is refused: {reason}")]
    Transaction {
        /// Position among the new blocks.
        block: u64,
        /// Error of the chain.
        #[source]
        reason: ForeignError,
    },
    /// The new blocks cannot be saved in the state folder.
    #[error("the new blocks cannot be saved: {reason}")]
    Unsaved {
        /// Error of the database.
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
