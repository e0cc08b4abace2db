//! The file in which a journal survives its process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use super::ledger::Ledger;
use super::record::Record;
use crate::durable_file::sync_folder_of;
use crate::{Address, ChainId};

/// An append-only file of records, locked for this process.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    /// How much of the file is whole records.
    length: u64,
    /// Whether what was written last may be there in part, which later records must not follow.
    is_broken: bool,
    _lock: File,
}

/// What a journal's file holds when it is opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: JournalFile,
    pub(super) ledger: Ledger,
    /// Whether a record at the end was cut off: its transaction was never sent.
    pub(super) was_torn: bool,
}

impl JournalFile {
    /// Opens or begins the journal at `path`.
    pub(super) fn open(
        path: &Path,
        chain: ChainId,
        account: Address,
    ) -> Result<Opened, JournalError> {
        let lock = lock(&path.with_extension("lock"))?;
        let (ledger, length, was_torn) = read(path, chain, account)?;
        let file = open_private(path).map_err(failed(path, "opened"))?;
        // The folder's entry has to survive as well as what is in the file.
        sync_folder_of(path).map_err(failed(path, "kept"))?;
        let mut file =
            Self { path: path.to_owned(), file, length, is_broken: was_torn, _lock: lock };
        file.mend()?;
        if was_torn {
            tracing::warn!(journal = %path.display(), "a record was cut off and is left out");
        }
        Ok(Opened { file, ledger, was_torn })
    }

    /// Adds a record that is on the disk when this returns.
    pub(super) fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        self.mend()?;
        let line = line_of(record).map_err(failed(&self.path, "written"))?;
        self.is_broken = true;
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
            .map_err(failed(&self.path, "written"))?;
        self.length += line.len() as u64;
        self.is_broken = false;
        Ok(())
    }

    /// Writes these records in the place of all. The file is the old one or the new one, never
    /// in between.
    pub(super) fn replace(&mut self, records: &[Record]) -> Result<(), JournalError> {
        (self.file, self.length) =
            rewrite(&self.path, records).map_err(failed(&self.path, "condensed"))?;
        Ok(())
    }

    /// Cuts off what a failed write may have left.
    fn mend(&mut self) -> Result<(), JournalError> {
        if self.is_broken {
            self.file
                .set_len(self.length)
                .and_then(|()| self.file.sync_data())
                .map_err(failed(&self.path, "mended"))?;
            self.is_broken = false;
        }
        Ok(())
    }
}

fn lock(path: &Path) -> Result<File, JournalError> {
    let file = open_private(path).map_err(failed(path, "opened"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(path, "locked")(source)),
    }
}

fn read(
    path: &Path,
    chain: ChainId,
    account: Address,
) -> Result<(Ledger, u64, bool), JournalError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(failed(path, "read")(source)),
    };
    // A record counts once its line has an end: only then was anything sent.
    let length = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut ledger = Ledger::default();
    for (index, line) in bytes[..length].split_inclusive(|byte| *byte == b'\n').enumerate() {
        let record = std::str::from_utf8(line.trim_ascii_end())
            .map_err(|error| error.to_string())
            .and_then(|line| Record::parse(line, chain, account))
            .map_err(|reason| JournalError::Damaged {
                path: path.to_owned(),
                line: index + 1,
                reason,
            })?;
        ledger.apply(record);
    }
    Ok((ledger, length as u64, length < bytes.len()))
}

fn rewrite(path: &Path, records: &[Record]) -> io::Result<(File, u64)> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    // Temporary files can be read by their owner alone.
    let mut copy = tempfile::NamedTempFile::new_in(folder)?;
    let mut length = 0;
    for record in records {
        let line = line_of(record)?;
        copy.write_all(&line)?;
        length += line.len() as u64;
    }
    copy.as_file().sync_all()?;
    copy.persist(path).map_err(|error| error.error)?;
    sync_folder_of(path)?;
    Ok((open_private(path)?, length))
}

fn line_of(record: &Record) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    Ok(line)
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(super) fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::File { path, action, source }
}
