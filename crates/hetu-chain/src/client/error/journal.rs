//! Errors of the transaction journal.

use std::io;
use std::path::{Path, PathBuf};

use crate::text::ForeignError;
use crate::{Address, Retryability, Retryable, TxHash};

/// An error of reading or writing the journal. No transaction is sent without its record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file operation failed.
    #[error("the journal {path} cannot be {action}: {source}; check the disk and its permissions")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The operation.
        action: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another process sends for the same account, and still did at the end of the waiting time.
    #[error("the journal {path} is in use by {}", process.as_deref().unwrap_or("another process"))]
    InUse {
        /// The lock of the journal.
        path: PathBuf,
        /// The number and name of the process, or `None` if it did not record them.
        process: Option<String>,
    },
    /// A journal of an earlier release does not record the chain of its transactions, and this
    /// chain does not know them.
    #[error(
        "the journal {path} of an earlier release does not name its chain, and this chain does \
         not know {}",
        some(transactions)
    )]
    UnknownChain {
        /// The journal.
        path: PathBuf,
        /// The transactions that this chain does not know.
        transactions: Vec<TxHash>,
    },
    /// A record in the middle of the file is damaged.
    #[error(
        "line {line} of the journal {path} is damaged: {reason}; look up what {path} names on \
         the chain, then move the file away"
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line number, starting at 1.
        line: usize,
        /// A description of the damage.
        #[source]
        reason: ForeignError,
    },
    /// The journal belongs to another account than the signer's.
    #[error("the journal is of {journal}, but {account} signs: attach a journal after the wallet")]
    OtherAccount {
        /// The account of the journal.
        journal: Address,
        /// The account of the signer.
        account: Address,
    },
    /// The journal holds the maximum number of waiting transactions.
    #[error("{waiting} transactions wait for their inclusion: see to them before sending more")]
    Full {
        /// The number of waiting transactions.
        waiting: usize,
    },
    /// A call has a key, but there is no journal to record it.
    #[error("a call that is to be made once needs a journal: attach one with with_journal")]
    Missing,
    /// The key was already used for another call.
    #[error("the key {key:?} belongs to another call of {function}: use another key")]
    KeyTaken {
        /// The key.
        key: String,
        /// The function of the other call.
        function: String,
    },
    /// The key does not fit into a record.
    #[error("a key has 1 to {limit} bytes")]
    KeyLength {
        /// The maximum length in bytes.
        limit: usize,
    },
}

impl JournalError {
    /// Returns the error of a failed `action` on the file at `path`.
    pub(in crate::client) fn file(
        path: &Path,
        action: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, action, source }
    }
}

impl Retryable for JournalError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::InUse { .. } | Self::Full { .. } => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}

/// Returns a text with the first of the transactions and the number of others.
fn some(transactions: &[TxHash]) -> String {
    match transactions {
        [] => "its transactions".to_owned(),
        [one] => format!("transaction {one}"),
        [first, others @ ..] => format!("transaction {first} and {} more", others.len()),
    }
}
