//! Small files that say how to serve.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::CliError;

/// Nobody writes a longer one by hand.
const BYTES: u64 = 1024 * 1024;

/// The text of a file that is not too long.
pub(super) fn text_of(path: &Path) -> Result<String, CliError> {
    let failed = |source| CliError::File { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > BYTES {
        let reason = format!("the file is longer than {BYTES} bytes");
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, reason)));
    }
    Ok(text)
}

/// What is wrong with the content of a file.
pub(super) fn malformed(path: &Path, reason: &dyn std::error::Error) -> CliError {
    CliError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}
