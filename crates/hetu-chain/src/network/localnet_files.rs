//! Files that announce localnets.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::NetworkError;

pub(super) const PREFIX: &str = "localnet";
pub(super) const SUFFIX: &str = ".toml";

/// Returns the files of announced networks in `home`, by name.
pub(super) fn files(home: &Path) -> Result<Vec<PathBuf>, NetworkError> {
    let entries = match fs::read_dir(home) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable(home))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable(home))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> NetworkError {
    let path = path.to_owned();
    move |source| NetworkError::Unreadable { path, source }
}
