//! Files and folders that only their owner can read or change.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::KeystoreError;
use crate::durable_file;
use crate::text::read_text;

/// Writes a new file at `path`: complete or not at all, readable for its owner only from the start,
/// and never over another file. If `path` is not a regular file, such as a pipe, the text is
/// written into it.
///
/// # Errors
/// [`KeystoreError::AlreadyExists`], [`KeystoreError::Io`].
pub fn write_private_file(path: &Path, text: &str) -> Result<(), KeystoreError> {
    durable_file::write_new(path, text.as_bytes()).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeystoreError::AlreadyExists { path: path.to_owned() },
        _ => io_error(path, source),
    })
}

/// Reads a file of at most `limit` bytes that only its owner can read.
pub(super) fn read_private_file(path: &Path, limit: u64) -> Result<String, KeystoreError> {
    let file = open(path)?;
    refuse_others(path, &file, 0o077)?;
    read_bounded(path, &file, limit)
}

/// Reads a file of at most `limit` bytes with any permissions.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<String, KeystoreError> {
    read_bounded(path, &open(path)?, limit)
}

/// Creates the folder, readable for its owner only, or verifies that no other user can put files
/// into an existing one.
pub(super) fn open_private_folder(path: &Path) -> Result<(), KeystoreError> {
    durable_file::create_private_folder(path).map_err(|source| io_error(path, source))?;
    refuse_others(path, &File::open(path).map_err(|source| io_error(path, source))?, 0o022)
}

pub(super) fn io_error(path: &Path, source: io::Error) -> KeystoreError {
    KeystoreError::Io { path: path.to_owned(), source }
}

fn open(path: &Path) -> Result<File, KeystoreError> {
    // Opening a pipe would wait for its writer, so the type is checked first.
    let kind = fs::metadata(path).map_err(|source| io_error(path, source))?;
    if !kind.is_file() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        return Err(io_error(path, source));
    }
    File::open(path).map_err(|source| io_error(path, source))
}

fn read_bounded(path: &Path, file: &File, limit: u64) -> Result<String, KeystoreError> {
    match read_text(file, limit) {
        Ok(text) => Ok(text.to_string()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err(KeystoreError::malformed("the file is too long"))
        }
        Err(source) => Err(io_error(path, source)),
    }
}

#[cfg(unix)]
fn refuse_others(path: &Path, file: &File, permissions: u32) -> Result<(), KeystoreError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|source| io_error(path, source))?.permissions().mode();
    if mode & permissions == 0 {
        return Ok(());
    }
    Err(KeystoreError::TooOpen { path: path.to_owned(), mode: mode & 0o777 })
}

#[cfg(not(unix))]
fn refuse_others(_: &Path, _: &File, _: u32) -> Result<(), KeystoreError> {
    Ok(())
}

/// Returns the `.json` files of a folder, by name.
pub(super) fn json_files(folder: &Path) -> Result<Vec<PathBuf>, KeystoreError> {
    let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| io_error(folder, source))? {
        files.push(entry.map_err(|source| io_error(folder, source))?.path());
    }
    files.retain(is_json);
    files.sort();
    Ok(files)
}
