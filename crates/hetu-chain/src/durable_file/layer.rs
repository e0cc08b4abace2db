//! The file operations that durable files need.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::TempPath;

/// A file system, reduced to the operations of durable files. Tests put a layer with failures in
/// front of the real one.
pub trait FileLayer: fmt::Debug + Send + Sync {
    /// Reads the file at `path`, or returns `None` if it does not exist.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if it is longer than `limit` bytes, and errors of the
    /// operating system.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>>;

    /// Creates a folder and its parents, readable for their owner only.
    ///
    /// # Errors
    /// The error of the operating system.
    fn create_folders(&self, path: &Path) -> io::Result<()>;

    /// Opens a folder to make changes of its entries durable.
    ///
    /// # Errors
    /// The error of the operating system.
    fn open_folder(&self, path: &Path) -> io::Result<Box<dyn LayerFolder>>;

    /// Creates a file that does not exist, readable for its owner only.
    ///
    /// # Errors
    /// The error of the operating system.
    fn create(&self, path: &Path) -> io::Result<Box<dyn LayerFile>>;

    /// Opens a file for appending. Creates it if it does not exist.
    ///
    /// # Errors
    /// The error of the operating system.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn LayerFile>>;

    /// Renames a file, and replaces a file that has the new name.
    ///
    /// # Errors
    /// The error of the operating system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Renames a file if no other has the new name.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], and errors of the operating system.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The error of the operating system.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// An open file.
pub trait LayerFile: fmt::Debug + Send {
    /// Appends all of `bytes`.
    ///
    /// # Errors
    /// The error of the operating system; a part may be written.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns the length of the file.
    ///
    /// # Errors
    /// The error of the operating system.
    fn length(&self) -> io::Result<u64>;

    /// Truncates the file to `length`.
    ///
    /// # Errors
    /// The error of the operating system.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// The error of the operating system. What was written since the last success may be lost.
    fn sync(&mut self) -> io::Result<()>;
}

/// An open folder.
pub trait LayerFolder: fmt::Debug + Send {
    /// Waits until the names of its files are on the disk.
    ///
    /// # Errors
    /// The error of the operating system.
    fn sync(&mut self) -> io::Result<()>;
}

/// The files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFiles;

impl FileLayer for SystemFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too long"));
        }
        Ok(Some(bytes))
    }

    #[cfg(unix)]
    fn create_folders(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    #[cfg(not(unix))]
    fn create_folders(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn open_folder(&self, path: &Path) -> io::Result<Box<dyn LayerFolder>> {
        Ok(Box::new(SystemFolder::open(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        Ok(Box::new(private(OpenOptions::new().write(true).create_new(true)).open(path)?))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        Ok(Box::new(private(OpenOptions::new().append(true).create(true)).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let renamed = TempPath::try_from_path(from)?.persist_noclobber(to);
        renamed.map_err(|refusal| refusal.error)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

impl LayerFile for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Write::write_all(self, bytes)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A folder that can be synced. Otherwise a power failure could lose the name of a file after its
/// content was written. Systems other than Unix do not open folders and do not need it.
#[derive(Debug)]
struct SystemFolder(#[cfg(unix)] File);

impl SystemFolder {
    #[cfg(unix)]
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(File::open(path)?))
    }

    #[cfg(not(unix))]
    fn open(_: &Path) -> io::Result<Self> {
        Ok(Self())
    }
}

impl LayerFolder for SystemFolder {
    #[cfg(unix)]
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }

    #[cfg(not(unix))]
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
