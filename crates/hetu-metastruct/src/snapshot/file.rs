//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use hetu_chain::durable_file;

/// No subnet has as much to tell.
pub(super) const MOST_BYTES: u64 = 64 << 20;

pub(super) fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    durable_file::replace(path, bytes)
}

/// The bytes of a file, or one more than are allowed.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
