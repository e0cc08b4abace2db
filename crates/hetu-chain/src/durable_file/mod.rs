//! Files that survive a crash with either their old or their new content.
//!
//! With the feature `client` or `keystore`. All functions wait for the disk.
//!
//! A change that a function reports as done is on the disk. After an error of any operation, files
//! that were open before are not used again: the kernel may have dropped written data, and a file
//! that was replaced by a rename is not the one that the next start reads.

mod append;
mod choice;
mod destination;
#[cfg(any(test, feature = "fault-injection"))]
mod faults;
mod layer;

use std::io;
use std::path::Path;

use tempfile::{Builder, TempPath};

pub use append::AppendFile;
#[cfg(any(test, feature = "fault-injection"))]
pub use faults::{Fault, FaultyFiles};
pub use layer::{FileLayer, LayerFile, LayerFolder, SystemFiles};

use choice::layer_of;
use destination::{Destination, write_into};

/// Replaces the content of the file at `path` with `bytes`. They are on the disk under this name
/// when this returns, readable for their owner only. A symbolic link stays, and its target is
/// replaced.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if `path` is a device or a pipe, and the error of the operating
/// system. The file then holds its old content or all of `bytes`. It holds its old content unless
/// the last step failed, which makes the new name durable.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &*Destination::file(path)?;
    let layer = layer_of(path);
    let layer = layer.as_ref();
    // Opened first, so that a failure here leaves the names unchanged.
    let mut folder = layer.open_folder(folder_of(path))?;
    let temporary = written(layer, path, bytes)?;
    layer.rename(&temporary, path)?;
    forget(temporary);
    folder.sync()
}

/// Writes `bytes` to a path that a user named: like [`replace`] for a regular file or an unused
/// path, otherwise into the device, the pipe or the open file such as `/dev/fd/3`.
///
/// # Errors
/// The errors of [`replace`]. A pipe that its reader closed is not an error.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match Destination::of(path)? {
        Destination::File(file) => replace(&file, bytes),
        Destination::Stream => write_into(path, bytes),
    }
}

/// Writes `bytes` to a new file that a user named, like [`create`], or into the device, pipe or
/// open file at `path`.
///
/// # Errors
/// The errors of [`create`] and [`write()`].
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match Destination::of(path)? {
        Destination::File(_) => create(path, bytes),
        Destination::Stream => write_into(path, bytes),
    }
}

/// Checks that [`write()`] could create a file at `path`, before an operation with a cost whose
/// result is stored there. An existing file is unchanged.
///
/// # Errors
/// The error of the operating system.
pub fn check_writable(path: &Path) -> io::Result<()> {
    match Destination::of(path)? {
        Destination::File(file) => tempfile::tempfile_in(folder_of(&file)).map(drop),
        Destination::Stream => Ok(()),
    }
}

/// Creates a file like [`replace`], but never replaces another file.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if one exists, and errors of the operating system. The file
/// then does not exist, unless its removal fails too.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let layer = layer_of(path);
    let layer = layer.as_ref();
    let mut folder = layer.open_folder(folder_of(path))?;
    let temporary = written(layer, path, bytes)?;
    layer.rename_new(&temporary, path)?;
    forget(temporary);
    folder.sync().inspect_err(|_| {
        // Reported as not created, so it must not exist.
        let _ = layer.remove(path);
    })
}

/// Renames the file at `from`, and replaces the file at `to`. Both are in one folder.
///
/// # Errors
/// The error of the operating system.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let layer = layer_of(to);
    let mut folder = layer.open_folder(folder_of(to))?;
    layer.rename(from, to)?;
    folder.sync()
}

/// Returns the bytes of the file at `path`, or `None` if it does not exist.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] if it is longer than `limit` bytes, and errors of the operating
/// system.
pub fn read(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    layer_of(path).read(path, limit)
}

/// Creates the folder and its parents, readable for their owner only, if they do not exist. Their
/// names are on the disk when this returns.
///
/// # Errors
/// The error of the operating system.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let layer = layer_of(path);
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let made: Vec<_> = path.ancestors().take_while(is_missing).collect();
    layer.create_folders(path)?;
    made.into_iter().try_for_each(|folder| layer.open_folder(folder_of(folder))?.sync())
}

/// Creates a temporary file beside `path` that holds `bytes`, and is removed when it is dropped.
fn written(layer: &dyn FileLayer, path: &Path, bytes: &[u8]) -> io::Result<TempPath> {
    let (mut file, temporary) =
        Builder::new().make_in(folder_of(path), |path| layer.create(path))?.into_parts();
    file.write_all(bytes)?;
    file.sync()?;
    Ok(temporary)
}

/// Keeps a temporary file on the disk, because it has another name now.
fn forget(temporary: TempPath) {
    let _ = temporary.keep();
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_read_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(read(&path, 3).unwrap(), None);
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(read(&path, 3).unwrap().as_deref(), Some(&b"two"[..]));
        assert!(read(&path, 2).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_new_file_takes_the_place_of_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, b"one").unwrap();
        let error = create(&path, b"two").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    // Every write of a durable file fails at every step with every error.
    #[test]
    fn failed_replacement_leaves_old_or_new_file_and_success_survives_crash() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state");
        FaultyFiles::at_every_step(home.path(), |files, _| {
            files.heal();
            replace(&path, b"old").unwrap();
            files.arm();
            let replaced = replace(&path, b"new");
            let reported = files.disarm();
            assert_eq!(replaced.is_err(), reported, "an error is returned");
            files.crash_or_not();
            let found = read(&path, 3).unwrap().unwrap();
            match replaced {
                Ok(()) => assert_eq!(found, b"new"),
                Err(_) => assert!(found == b"old" || found == b"new", "{found:?}"),
            }
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no temporary file");
        });
    }

    #[test]
    fn failed_creation_leaves_no_file_and_success_survives_crash() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("key");
        FaultyFiles::at_every_step(home.path(), |files, _| {
            let _ = fs::remove_file(&path);
            files.arm();
            let created = create(&path, b"key");
            let reported = files.disarm();
            assert_eq!(created.is_err(), reported);
            files.crash_or_not();
            assert_eq!(read(&path, 3).unwrap().is_some(), created.is_ok());
        });
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_files_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("one/two");
        create_private_folder(&folder).unwrap();
        create_private_folder(&folder).unwrap();
        let file = folder.join("key");
        replace(&file, b"key").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(folder.parent().unwrap()), 0o700);
        assert_eq!(mode(&file), 0o600);
    }
}
