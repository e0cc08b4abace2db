//! User input from files, standard input and arguments.

use std::error::Error;
use std::fs::File;
use std::io;
use std::path::Path;

use hetu::chain::text::{ForeignError, read_text};
use zeroize::Zeroizing;

use crate::error::CliError;

/// Maximum length of a file that people write by hand, in bytes.
pub(crate) const SMALL: u64 = 1 << 20;

/// Returns the text of the file at `path`, without a byte order mark.
pub(crate) fn text_of(path: &Path, limit: u64) -> Result<Zeroizing<String>, CliError> {
    let read = File::open(path).and_then(|file| read_text(file, limit));
    read.map_err(|source| CliError::File { path: path.to_owned(), source })
}

/// Returns the text on standard input, without a byte order mark.
pub(crate) fn standard_input(limit: u64) -> Result<Zeroizing<String>, CliError> {
    read_text(io::stdin(), limit).map_err(|source| CliError::Input { source })
}

/// Returns an error about the content of a file.
pub(crate) fn malformed(path: &Path, reason: impl Error + Send + Sync + 'static) -> CliError {
    CliError::Malformed { path: path.to_owned(), reason: ForeignError::new(reason) }
}
