//! Files that grow record by record.

use std::io;
use std::path::{Path, PathBuf};

use super::choice::layer_of;
use super::layer::{FileLayer, LayerFile};
use super::{folder_of, replace};

/// A file to which records are appended. A reported record is on the disk.
///
/// After any error the open file is abandoned. Before the next change, the file is opened again and
/// the remains of a failed change are cut off from its end. Until that succeeds, every change is
/// refused. So a later record never follows a partial one, and is never written into a file that
/// was replaced.
/// another one has replaced.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    state: State,
}

#[derive(Debug)]
enum State {
    Open {
        file: Box<dyn LayerFile>,
        /// Length of the complete records in bytes.
        length: u64,
    },
    /// A file after a failed change. Only this many bytes were reported as stored.
    Torn { length: u64 },
    /// A file after a failed replacement: the old one, with this length, or one with the new bytes.
    Uncertain { old_length: u64, new: Vec<u8> },
}

impl AppendFile {
    /// Opens or creates the file at `path`, and truncates it after its first `length` bytes.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if it is shorter, and errors of the operating system.
    pub fn open(path: &Path, length: u64) -> io::Result<Self> {
        let mut file = Self { path: path.to_owned(), state: State::Torn { length } };
        file.reopen()?;
        Ok(file)
    }

    /// Returns `true` if the last change failed and the file was not opened again since.
    pub const fn is_closed(&self) -> bool {
        !matches!(self.state, State::Open { .. })
    }

    /// Appends `bytes`. They are on the disk when this returns.
    ///
    /// # Errors
    /// The error of the operating system. The bytes are then cut off before the next write.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reopen()?;
        let State::Open { file, length } = &mut self.state else {
            return Err(io::Error::other("the file is closed"));
        };
        let kept = *length;
        match file.write_all(bytes).and_then(|()| file.sync()) {
            Ok(()) => {
                *length = kept.saturating_add(bytes.len() as u64);
                Ok(())
            }
            Err(error) => {
                self.state = State::Torn { length: kept };
                // At once if possible, so that a crash does not leave the bytes there.
                let _ = self.reopen();
                Err(error)
            }
        }
    }

    /// Replaces the content with `bytes`. They are on the disk when this returns.
    ///
    /// # Errors
    /// The error of the operating system. The file is then the old one or holds all of `bytes`.
    pub fn replace(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        self.reopen()?;
        let State::Open { length: old_length, .. } = self.state else {
            return Err(io::Error::other("the file is closed"));
        };
        let length = bytes.len() as u64;
        match replace(&self.path, &bytes) {
            Ok(()) => self.state = State::Torn { length },
            Err(error) => {
                self.state = State::Uncertain { old_length, new: bytes };
                let _ = self.reopen();
                return Err(error);
            }
        }
        self.reopen()
    }

    /// Opens the file if it is not open, and verifies that it holds exactly the bytes that were
    /// reported as stored.
    fn reopen(&mut self) -> io::Result<()> {
        let layer = layer_of(&self.path);
        let length = match &self.state {
            State::Open { .. } => return Ok(()),
            State::Torn { length } => *length,
            State::Uncertain { old_length, new } => {
                let limit = (*old_length).max(new.len() as u64);
                let is_new = layer.read(&self.path, limit)?.is_some_and(|found| found == *new);
                if is_new { new.len() as u64 } else { *old_length }
            }
        };
        let file = self.opened(layer.as_ref(), length)?;
        self.state = State::Open { file, length };
        Ok(())
    }

    fn opened(&self, layer: &dyn FileLayer, length: u64) -> io::Result<Box<dyn LayerFile>> {
        let mut folder = layer.open_folder(folder_of(&self.path))?;
        let mut file = layer.open_append(&self.path)?;
        let found = file.length()?;
        if found < length {
            let reason = format!("it has {found} bytes, less than the {length} that were kept");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        if found > length {
            file.cut(length)?;
        }
        file.sync()?;
        // The name has to be durable as well as the content.
        folder.sync()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FaultyFiles, read};
    use super::*;

    fn kept(path: &Path) -> Vec<u8> {
        read(path, 1_000).unwrap().unwrap_or_default()
    }

    // The bytes of a failed sync once stayed in the file, and later records followed them.
    #[test]
    fn append_file_holds_what_was_kept_and_nothing_that_failed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        FaultyFiles::at_every_step(home.path(), |files, _| {
            files.heal();
            let _ = std::fs::remove_file(&path);
            let mut file = AppendFile::open(&path, 0).unwrap();
            let mut expected = Vec::new();
            files.arm();
            for record in [&b"one\n"[..], b"two\n", b"three\n"] {
                if file.append(record).is_ok() {
                    expected.extend_from_slice(record);
                }
            }
            let was_hit = files.disarm();
            assert_eq!(was_hit, expected.len() < 14, "a fault is reported");
            file.append(b"four\n").unwrap();
            expected.extend_from_slice(b"four\n");
            files.crash_or_not();
            assert_eq!(kept(&path), expected);
        });
    }

    // The new file had the name. The old one, without a name, received all later records.
    #[test]
    fn append_file_does_not_write_into_file_that_was_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        FaultyFiles::at_every_step(home.path(), |files, _| {
            files.heal();
            let _ = std::fs::remove_file(&path);
            let mut file = AppendFile::open(&path, 0).unwrap();
            file.append(b"one\ntwo\n").unwrap();
            files.arm();
            let replaced = file.replace(b"both\n".to_vec());
            let appended = file.append(b"three\n");
            let was_hit = files.disarm();
            assert_eq!(was_hit, replaced.is_err() || appended.is_err());
            file.append(b"four\n").unwrap();
            files.crash_or_not();
            let found = String::from_utf8(kept(&path)).unwrap();
            let begins = found.starts_with("both\n") || found.starts_with("one\ntwo\n");
            assert!(begins && found.ends_with("four\n"), "{found}");
            assert!(replaced.is_err() || found.starts_with("both\n"), "{found}");
            assert_eq!(found.contains("three\n"), appended.is_ok(), "{found}");
        });
    }

    #[test]
    fn append_file_refuses_while_it_cannot_be_reopened() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let files = FaultyFiles::install(home.path());
        let mut file = AppendFile::open(&path, 0).unwrap();
        file.append(b"one\n").unwrap();
        files.fail_from_now_on();
        for _ in 0..3 {
            assert!(file.append(b"two\n").is_err());
            assert!(file.is_closed());
        }
        files.heal();
        file.append(b"three\n").unwrap();
        assert_eq!(kept(&path), b"one\nthree\n");
        std::fs::write(&path, "one\n").unwrap();
        files.fail_from_now_on();
        assert!(file.append(b"four\n").is_err());
        files.heal();
        let error = file.append(b"five\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "somebody cut it: {error}");
    }
}
