//! The file of a journal.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::ledger::JournalLedger;
use super::lock::lock;
use super::record::{JournalIdentity, JournalRecord};
use crate::client::error::JournalError;
use crate::durable_file::{self, AppendFile};
use crate::text::ForeignError;

/// The largest journal that is read. It is many times the size at which a journal is condensed.
const LONGEST_FILE: u64 = 1 << 30;

/// An append-only file of records, locked for this process.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: AppendFile,
    _lock: File,
}

/// The content of a journal file when it is opened.
#[derive(Debug)]
pub(super) struct OpenedJournal {
    pub(super) file: JournalFile,
    pub(super) ledger: JournalLedger,
    /// `true` if the last record was cut off. Its transaction was never sent.
    pub(super) was_torn: bool,
}

impl JournalFile {
    /// Opens or creates the journal at `path`.
    pub(super) fn open(
        path: &Path,
        identity: JournalIdentity,
    ) -> Result<OpenedJournal, JournalError> {
        let lock = lock(&path.with_extension("lock"))?;
        let (ledger, length, was_torn) = read(path, identity)?;
        let file = AppendFile::open(path, length).map_err(JournalError::file(path, "opened"))?;
        if was_torn {
            tracing::warn!(journal = %path.display(), "a record was cut off and is left out");
        }
        let file = Self { path: path.to_owned(), file, _lock: lock };
        Ok(OpenedJournal { file, ledger, was_torn })
    }

    /// Appends a record. The record is on disk when this returns.
    pub(super) fn append(&mut self, record: &JournalRecord) -> Result<(), JournalError> {
        let line = line_of(record).map_err(JournalError::file(&self.path, "written"))?;
        self.file.append(&line).map_err(JournalError::file(&self.path, "written"))
    }

    /// Replaces all records by these. The file is always either the old one or the new one.
    pub(super) fn replace(&mut self, records: &[JournalRecord]) -> Result<(), JournalError> {
        let lines: io::Result<Vec<_>> = records.iter().map(line_of).collect();
        lines
            .and_then(|lines| self.file.replace(lines.concat()))
            .map_err(JournalError::file(&self.path, "condensed"))
    }
}

/// Reads the records, the length of the complete ones in bytes, and whether the last one was cut
/// off. No lock is required: a record that is being appended counts as cut off.
pub(super) fn read(
    path: &Path,
    identity: JournalIdentity,
) -> Result<(JournalLedger, u64, bool), JournalError> {
    let bytes = durable_file::read(path, LONGEST_FILE).map_err(JournalError::file(path, "read"))?;
    let bytes = bytes.unwrap_or_default();
    // A record counts once its line has an end, because a transaction is sent only after that.
    let length = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut ledger = JournalLedger::default();
    for (index, line) in bytes[..length].split_inclusive(|byte| *byte == b'\n').enumerate() {
        let record = std::str::from_utf8(line.trim_ascii_end())
            .map_err(ForeignError::new)
            .and_then(|line| JournalRecord::parse(line, identity))
            .map_err(|reason| JournalError::Damaged {
                path: path.to_owned(),
                line: index + 1,
                reason,
            })?;
        ledger.apply(record);
    }
    Ok((ledger, length as u64, length < bytes.len()))
}

fn line_of(record: &JournalRecord) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::super::record::{Settlement, SignedRecord};
    use super::*;
    use crate::durable_file::{Fault, FaultyFiles};
    use crate::identity::{Fees, UnsignedTransaction};
    use crate::primitives::{BlockHash, keccak256};
    use crate::rpc::HexBytes;
    use crate::{Address, Amount, ChainId, TxHash, Wallet};

    const CHAIN: ChainId = ChainId::new(7);

    struct Sender(Wallet);

    impl Sender {
        fn record(&self, nonce: u64) -> SignedRecord {
            let transaction = UnsignedTransaction {
                chain_id: CHAIN,
                nonce,
                to: Some(Address::ZERO),
                value: Amount::ZERO,
                data: Vec::new(),
                gas: 21_000,
                fees: Fees::Legacy { gas_price: 1 },
            };
            let signed = transaction.signed(&self.0.sign_hash_sync(&transaction.hash()));
            SignedRecord {
                chain_id: CHAIN,
                genesis: self.identity().genesis,
                account: self.0.address(),
                nonce,
                hash: TxHash::from(keccak256(&signed)),
                function: "transfer".into(),
                cancels: false,
                key: Some(format!("key {nonce}")),
                time: 0,
                signed: HexBytes(signed),
            }
        }

        fn identity(&self) -> JournalIdentity {
            let genesis = Some(BlockHash::from([9; 32]));
            JournalIdentity { chain_id: CHAIN, genesis, account: self.0.address() }
        }

        fn open(&self, path: &Path) -> OpenedJournal {
            JournalFile::open(path, self.identity()).unwrap()
        }

        /// Returns the nonces of the keys in the journal at `path`.
        fn known(&self, path: &Path) -> Vec<u64> {
            let OpenedJournal { ledger, .. } = self.open(path);
            (0..20).filter(|nonce| ledger.with_key(&format!("key {nonce}")).is_some()).collect()
        }
    }

    /// Appends, condenses and appends again, while the disk fails. Returns the nonces of the
    /// records that were reported as kept.
    fn work(sender: &Sender, file: &mut JournalFile, ledger: &mut JournalLedger) -> Vec<u64> {
        let mut kept = Vec::new();
        for nonce in 1..=4 {
            let record = JournalRecord::Signed(sender.record(nonce));
            if file.append(&record).is_ok() {
                ledger.apply(record);
                kept.push(nonce);
            }
            if nonce == 2 {
                let hash = sender.record(1).hash;
                let settled = JournalRecord::Settled { hash, outcome: Settlement::Included };
                if file.append(&settled).is_ok() {
                    ledger.apply(settled);
                }
                let _ = file.replace(&ledger.condensed());
            }
        }
        kept
    }

    // Regression: a journal that continued after a failed rename or sync lost the keys of later
    // payments.
    #[test]
    fn journal_keeps_what_it_reported_and_forgets_what_failed_at_every_step() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("j.journal");
        let sender = Sender(Wallet::random());
        FaultyFiles::at_every_step(home.path(), |files, fault: Fault| {
            files.heal();
            let _ = std::fs::remove_file(&path);
            let OpenedJournal { mut file, mut ledger, .. } = sender.open(&path);
            files.arm();
            let mut kept = work(&sender, &mut file, &mut ledger);
            files.disarm();
            // The disk works again, and the program continues.
            file.append(&JournalRecord::Signed(sender.record(9))).unwrap();
            kept.push(9);
            drop(file);
            files.crash_or_not();
            assert_eq!(sender.known(&path), kept, "{fault:?}");
        });
    }

    #[test]
    fn journal_that_ends_at_fault_knows_what_it_reported_at_next_start() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("j.journal");
        let sender = Sender(Wallet::random());
        FaultyFiles::at_every_step(home.path(), |files, fault: Fault| {
            files.heal();
            let _ = std::fs::remove_file(&path);
            let OpenedJournal { mut file, mut ledger, .. } = sender.open(&path);
            files.arm();
            let kept = work(&sender, &mut file, &mut ledger);
            files.disarm();
            drop(file);
            files.crash_or_not();
            let known = sender.known(&path);
            assert!(kept.iter().all(|nonce| known.contains(nonce)), "{fault:?} {known:?}");
            // If the disk fails once, the record of the failed write is removed at once. If the
            // disk keeps failing, the last record may remain, although its sync failed.
            let failed = known.len() - kept.len();
            assert!(failed <= usize::from(fault.lasts && !fault.crashes), "{fault:?} {known:?}");
        });
    }

    #[test]
    fn journal_refuses_until_it_is_reopened() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("j.journal");
        let sender = Sender(Wallet::random());
        let files = FaultyFiles::install(home.path());
        let OpenedJournal { mut file, .. } = sender.open(&path);
        files.fail_from_now_on();
        for nonce in 0..3 {
            let refused = file.append(&JournalRecord::Signed(sender.record(nonce)));
            assert!(matches!(refused, Err(JournalError::File { .. })), "{refused:?}");
        }
        files.heal();
        file.append(&JournalRecord::Signed(sender.record(3))).unwrap();
        drop(file);
        assert_eq!(sender.known(&path), [3]);
    }
}
