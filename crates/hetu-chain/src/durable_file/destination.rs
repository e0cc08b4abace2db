//! The target of a path behind its symbolic links.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::folder_of;

/// The limit of links that are followed, as in Linux.
const MOST_LINKS: usize = 40;

/// The kinds of targets that bytes are written to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A regular file, or a path without a file, which a new file may replace. The path does not
    /// end in a link.
    File(PathBuf),
    /// A device, a pipe or an open file (`/dev/fd/3`), with a name that must not change.
    Stream,
}

impl Destination {
    /// Returns the target of the links at `path`: renaming over a link would leave its target
    /// unchanged.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut place = path.to_owned();
        for _ in 0..MOST_LINKS {
            let kind = match fs::symlink_metadata(&place) {
                Ok(found) => found.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(Self::File(place));
                }
                Err(error) => return Err(error),
            };
            if kind.is_file() {
                return Ok(Self::File(place));
            }
            if kind.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            if !kind.is_symlink() || is_open_file(&place) {
                return Ok(Self::Stream);
            }
            place = folder_of(&place).join(fs::read_link(&place)?);
        }
        Err(io::Error::other("too many symbolic links"))
    }

    /// Returns the path of the file at `path`, whether or not it exists.
    pub(super) fn file(path: &Path) -> io::Result<PathBuf> {
        match Self::of(path)? {
            Self::File(file) => Ok(file),
            Self::Stream => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
    }
}

/// Returns `true` for links such as `/proc/self/fd/3`, which refer to an open file of a process and
/// not to a path.
fn is_open_file(link: &Path) -> bool {
    fs::canonicalize(folder_of(link)).is_ok_and(|folder| folder.starts_with("/proc"))
}

/// Writes `bytes` into the file, device or pipe at `path`. A reader that closes its pipe early is
/// not an error.
pub(super) fn write_into(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Appended: an open file may hold the output of other programs.
    let mut stream = OpenOptions::new().append(true).open(path)?;
    match stream.write_all(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        written => written?,
    }
    match stream.sync_all() {
        // Pipes and most devices do not support sync.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::durable_file::{check_writable, replace, write};

    #[test]
    fn link_is_followed_and_file_behind_it_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::write(at("file"), "old").unwrap();
        symlink("file", at("near")).unwrap();
        symlink(at("near"), at("far")).unwrap();
        symlink("missing", at("dangling")).unwrap();
        replace(&at("far"), b"new").unwrap();
        assert_eq!(fs::read(at("file")).unwrap(), b"new");
        write(&at("dangling"), b"made").unwrap();
        assert_eq!(fs::read(at("missing")).unwrap(), b"made");
        assert!(at("far").is_symlink() && at("dangling").is_symlink());

        symlink("loop", at("loop")).unwrap();
        assert!(write(&at("loop"), b"").is_err());
        assert!(write(home.path(), b"").is_err(), "a folder");
    }

    // Reads only: a mistake in a test must not rename over a device of the machine.
    #[test]
    fn device_and_open_file_are_streams() {
        for path in ["/dev/null", "/dev/tty"] {
            assert_eq!(Destination::of(Path::new(path)).unwrap(), Destination::Stream, "{path}");
        }
        let error = Destination::file(Path::new("/dev/null")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        check_writable(Path::new("/dev/null")).unwrap();
    }

    // Other systems have no `/dev/full`.
    #[cfg(target_os = "linux")]
    #[test]
    fn device_that_is_full_is_failure() {
        assert_eq!(Destination::of(Path::new("/dev/full")).unwrap(), Destination::Stream);
        let error = write_into(Path::new("/dev/full"), b"text").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        write_into(Path::new("/dev/null"), b"text").unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn open_file_is_written_into_behind_what_it_holds() {
        use std::os::fd::AsRawFd;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(b"first ").unwrap();
        write(Path::new(&format!("/dev/fd/{}", file.as_raw_fd())), b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first second");
        let link = home.path().join("link");
        symlink(format!("/proc/self/fd/{}", file.as_raw_fd()), &link).unwrap();
        write(&link, b" third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first second third");
    }

    #[test]
    fn pipe_is_written_into_and_may_be_closed() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        // std cannot create a named pipe.
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write(&pipe, b"text").unwrap();
        assert_eq!(reader.join().unwrap(), b"text");

        let closing = std::thread::spawn({
            let pipe = pipe.clone();
            move || drop(fs::File::open(pipe).unwrap())
        });
        write(&pipe, &vec![0; 1 << 20]).unwrap();
        closing.join().unwrap();
        assert_eq!(Destination::of(&pipe).unwrap(), Destination::Stream);
    }
}
