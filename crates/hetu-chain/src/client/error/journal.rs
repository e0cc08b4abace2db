//! What can go wrong with the record of what was sent.

use std::io;
use std::path::{Path, PathBuf};

use crate::text::ForeignError;
use crate::{Address, Retryability, Retryable, TxHash};

/// Why the journal cannot be read or written. Nothing is sent without its record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file system refused.
    #[error("the journal {path} cannot be {action}: {source}; check the disk and its permissions")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was to be done with it.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Another process sends for the same account, and did so for as long as was waited.
    #[error("the journal {path} is in use by {}", process.as_deref().unwrap_or("another process"))]
    InUse {
        /// The lock of the journal.
        path: PathBuf,
        /// Number and name of the process, or `None` if it did not write them down.
        process: Option<String>,
    },
    /// A journal of an earlier release does not say of which chain its transactions are, and this
    /// chain does not know them.
    #[error(
        "the journal {path} of an earlier release does not name its chain, and this chain does \
         not know {}",
        some(transactions)
    )]
    UnknownChain {
        /// The journal.
        path: PathBuf,
        /// Its transactions that this chain does not know.
        transactions: Vec<TxHash>,
    },
    /// A record in the middle of the file is not what was written.
    #[error(
        "line {line} of the journal {path} is damaged: {reason}; look up what {path} names on \
         the chain, then move the file away"
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        reason: ForeignError,
    },
    /// The journal is of another account than the one that signs.
    #[error("the journal is of {journal}, but {account} signs: attach a journal after the wallet")]
    OtherAccount {
        /// Whose transactions the journal records.
        journal: Address,
        /// Who signs.
        account: Address,
    },
    /// More transactions wait than the journal holds.
    #[error("{waiting} transactions wait for their inclusion: see to them before sending more")]
    Full {
        /// How many wait.
        waiting: usize,
    },
    /// A key was given to a call, and there is no journal to remember it.
    #[error("a call that is to be made once needs a journal: attach one with with_journal")]
    Missing,
    /// The key was used for another call before.
    #[error("the key {key:?} belongs to another call of {function}: use another key")]
    KeyTaken {
        /// The key.
        key: String,
        /// The function that was called then.
        function: String,
    },
    /// The key does not fit into a record.
    #[error("a key has 1 to {limit} bytes")]
    KeyLength {
        /// The most bytes it may have.
        limit: usize,
    },
}

impl JournalError {
    /// Returns the error of an `action` on the file at `path` that the operating system failed.
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

/// The first of the transactions, and the number of others.
fn some(transactions: &[TxHash]) -> String {
    match transactions {
        [] => "its transactions".to_owned(),
        [one] => format!("transaction {one}"),
        [first, others @ ..] => format!("transaction {first} and {} more", others.len()),
    }
}
