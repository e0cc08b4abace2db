//! The lock that restricts a journal to one process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::client::error::JournalError;

/// The maximum length of the note of the locking process, in bytes.
const LONGEST_NOTE: u64 = 256;

/// Locks the file at `path`, and writes a note of this process into it.
pub(super) fn lock(path: &Path) -> Result<File, JournalError> {
    let mut file = open_private(path).map_err(JournalError::file(path, "opened"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(JournalError::InUse { path: path.to_owned(), process: process(path) });
        }
        Err(TryLockError::Error(source)) => return Err(JournalError::file(path, "locked")(source)),
    }
    // The note only serves the error message of another process, so a full disk is not an error
    // here.
    let noted = file.set_len(0).and_then(|()| file.write_all(own_note().as_bytes()));
    if let Err(error) = noted {
        tracing::debug!(lock = %path.display(), %error, "the process was not written down");
    }
    Ok(file)
}

fn own_note() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_name).unwrap_or_default();
    format!("process {} ({})\n", std::process::id(), name.display())
}

/// Returns the process that holds the lock, from its note.
fn process(path: &Path) -> Option<String> {
    let mut note = String::new();
    File::open(path).ok()?.take(LONGEST_NOTE).read_to_string(&mut note).ok()?;
    let note = note.trim();
    let is_one = note.starts_with("process ") && !note.chars().any(char::is_control);
    is_one.then(|| note.to_owned())
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
