//! Files that are there whole or not at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use hetu_chain::durable_file;

/// No subnet has as much to tell.
pub(super) const MOST_BYTES: u64 = 64 << 20;

pub(super) fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    durable_file::create_private_folder(folder)?;
    durable_file::replace(path, bytes)
}

/// The bytes of a file, or one more than are allowed.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use hetu_chain::durable_file::FaultyFiles;

    use super::*;

    #[test]
    fn snapshot_file_is_old_or_new_at_every_failing_step() {
        let home = tempfile::tempdir().unwrap();
        let (folder, path) = (home.path().join("views"), home.path().join("views/1.metastruct"));
        FaultyFiles::at_every_step(home.path(), |files, fault| {
            files.heal();
            replace(&folder, &path, b"old").unwrap();
            files.arm();
            let written = replace(&folder, &path, b"new");
            let was_hit = files.disarm();
            assert_eq!(written.is_err(), was_hit, "{fault:?}");
            files.crash_or_not();
            let found = read(&path).unwrap();
            assert!(found == b"new" || (written.is_err() && found == b"old"), "{fault:?}");
        });
    }
}
