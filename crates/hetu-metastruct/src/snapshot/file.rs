//! Files that are written atomically and read with a size limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use hetu_chain::durable_file;

/// Larger than the state of any subnet.
pub(super) const MOST_BYTES: u64 = 64 << 20;

pub(super) fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    durable_file::create_private_folder(folder)?;
    durable_file::replace(path, bytes)
}

/// Reads at most one byte more than the limit of a file.
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
