//! The journal of signed transactions on disk. A restarted program reads from it what it sent.

mod file;
mod ledger;
mod lock;
mod record;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

pub(super) use record::{JournalIdentity, Settlement, SignedRecord};

use file::{JournalFile, OpenedJournal, read};
use ledger::JournalLedger;
use parking_lot::Mutex;
use record::JournalRecord;

use tokio::time::Instant;

use super::error::JournalError;
use crate::primitives::BlockHash;
use crate::{Address, TxHash, durable_file};

/// The maximum number of waiting transactions, many times the number that nodes keep per account.
const MOST_WAITING: usize = 1_024;
/// The number of outdated lines after which the file is rewritten.
const SUPERSEDED_LIMIT: usize = 512;
/// The maximum length of the key of a call, in bytes.
const MAX_KEY_BYTES: usize = 256;

/// The delay between attempts to lock a journal.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// The open journals of this process. Connections share them, because the locks belong to the
/// process.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<Journal>>>> = LazyLock::new(Mutex::default);

/// The journal of the transactions that one account signed on one chain.
#[derive(Debug)]
pub(super) struct Journal {
    identity: JournalIdentity,
    path: PathBuf,
    was_torn: bool,
    /// The file, locked during disk writes and only on threads that may block. Every change of the
    /// ledger holds this lock.
    file: Mutex<JournalFile>,
    ledger: Mutex<JournalLedger>,
}

impl Journal {
    /// Opens or creates the account's journal in `folder`, readable only by its owner. Waits up to
    /// `limit` if another process uses it.
    pub(super) async fn open(
        folder: PathBuf,
        identity: JournalIdentity,
        limit: Duration,
    ) -> Result<Arc<Self>, JournalError> {
        let until = Instant::now() + limit;
        loop {
            let folder = folder.clone();
            let opened = blocking(move || Self::open_now(&folder, identity)).await;
            match opened {
                Err(JournalError::InUse { .. }) if Instant::now() < until => {
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    fn open_now(folder: &Path, identity: JournalIdentity) -> Result<Arc<Self>, JournalError> {
        durable_file::create_private_folder(folder)
            .map_err(JournalError::file(folder, "created"))?;
        let folder = folder.canonicalize().map_err(JournalError::file(folder, "opened"))?;
        let path = folder.join(format!("{}.journal", identity.file_stem()));
        let mut open = OPEN.lock();
        open.retain(|_, journal| journal.strong_count() > 0);
        if let Some(journal) = open.get(&path).and_then(Weak::upgrade) {
            return Ok(journal);
        }
        let OpenedJournal { file, ledger, was_torn } = JournalFile::open(&path, identity)?;
        let (file, ledger) = (Mutex::new(file), Mutex::new(ledger));
        let journal = Arc::new(Self { identity, path: path.clone(), was_torn, file, ledger });
        open.insert(path, Arc::downgrade(&journal));
        Ok(journal)
    }

    /// Returns `true` if `folder` has a journal with this identity.
    pub(super) fn exists(folder: &Path, identity: JournalIdentity) -> bool {
        folder.join(format!("{}.journal", identity.file_stem())).exists()
    }

    /// Returns the unsettled transactions of a journal that another process may have open.
    pub(super) async fn peek(
        folder: PathBuf,
        identity: JournalIdentity,
    ) -> Result<Vec<SignedRecord>, JournalError> {
        let path = folder.join(format!("{}.journal", identity.file_stem()));
        blocking(move || Ok(read(&path, identity)?.0.waiting().cloned().collect())).await
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the hash of the first block of the journal's chain.
    pub(super) const fn genesis(&self) -> Option<BlockHash> {
        self.identity.genesis
    }

    /// Returns `true` if the last record was cut off when the journal was opened.
    pub(super) const fn was_torn(&self) -> bool {
        self.was_torn
    }

    /// Refuses an account other than the journal's.
    pub(super) fn check_account(&self, account: Address) -> Result<(), JournalError> {
        if account == self.identity.account {
            return Ok(());
        }
        Err(JournalError::OtherAccount { journal: self.identity.account, account })
    }

    /// Records a transaction before it is sent. The record is on disk when this returns.
    pub(super) async fn signed(self: &Arc<Self>, signed: SignedRecord) -> Result<(), JournalError> {
        let waiting = self.ledger.lock().waiting_count();
        if waiting >= MOST_WAITING {
            return Err(JournalError::Full { waiting });
        }
        let journal = Arc::clone(self);
        blocking(move || journal.append(&mut journal.file.lock(), JournalRecord::Signed(signed)))
            .await
    }

    /// Records the outcomes of transactions.
    pub(super) async fn settle(
        self: &Arc<Self>,
        outcomes: Vec<(TxHash, Settlement)>,
    ) -> Result<(), JournalError> {
        let journal = Arc::clone(self);
        blocking(move || {
            let mut file = journal.file.lock();
            for (hash, outcome) in outcomes {
                journal.append(&mut file, JournalRecord::Settled { hash, outcome })?;
            }
            journal.condense(&mut file)
        })
        .await
    }

    fn append(&self, file: &mut JournalFile, record: JournalRecord) -> Result<(), JournalError> {
        file.append(&record)?;
        self.ledger.lock().apply(record);
        Ok(())
    }

    /// Rewrites the file if it has too many outdated lines.
    fn condense(&self, file: &mut JournalFile) -> Result<(), JournalError> {
        let records = {
            let ledger = self.ledger.lock();
            if ledger.superseded() < SUPERSEDED_LIMIT {
                return Ok(());
            }
            ledger.condensed()
        };
        file.replace(&records)?;
        self.ledger.lock().note_condensed();
        Ok(())
    }

    /// Returns the transactions without a known outcome, ordered by nonce.
    pub(super) fn waiting(&self) -> Vec<SignedRecord> {
        self.ledger.lock().waiting().cloned().collect()
    }

    /// Returns the finished transactions with remembered keys.
    pub(super) fn finished(&self) -> Vec<SignedRecord> {
        self.ledger.lock().finished().cloned().collect()
    }

    /// Returns the nonces of the transactions without a known outcome.
    pub(super) fn waiting_nonces(&self) -> BTreeSet<u64> {
        self.ledger.lock().waiting().map(|record| record.nonce).collect()
    }

    /// Returns the transaction that was sent under this key, or `None` if it was replaced or
    /// refused.
    pub(super) fn with_key(&self, key: &str) -> Option<SignedRecord> {
        self.ledger.lock().with_key(key).cloned()
    }
}

/// Refuses keys that do not fit into a record.
pub(super) fn check_key(key: &str) -> Result<(), JournalError> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Err(JournalError::KeyLength { limit: MAX_KEY_BYTES });
    }
    Ok(())
}

/// Runs `work`, which waits for the disk, on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(stopped) => {
                let source = std::io::Error::other(stopped.to_string());
                Err(JournalError::file(Path::new("file"), "reached")(source))
            }
        },
    }
}
