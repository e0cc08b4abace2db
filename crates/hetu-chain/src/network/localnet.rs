//! Announcements of the networks that `hetu localnet` runs, so that other programs find them at any
//! port.
//!
//! Each network has a file of its own, because `networks.toml` belongs to the user: its content is
//! not changed, and its entries take precedence. The first running network is `local`; the names of
//! the others contain their port.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::file::replace_file;
use super::localnet_files::{PREFIX, SUFFIX, files, unreadable};
use super::{Network, NetworkError, Networks};

const FIRST_NAME: &str = "local";
/// The limit of names that are tried if networks with the same port run on other addresses.
const MOST_NAMES: u32 = 100;

/// A network that is known by its name while this value exists.
#[derive(Debug)]
pub struct Announcement {
    network: Network,
    path: PathBuf,
    /// A lock that is held while the network runs. It prevents that another network takes the name,
    /// and the operating system releases it if the process is killed.
    _lock: File,
}

impl Networks {
    /// Announces `network` to programs that [load](Self::load) the networks of `home`: as `local`,
    /// or, while another network has this name, by a name that contains its port.
    ///
    /// # Errors
    /// [`NetworkError::Unreadable`]; the network is then not announced.
    pub fn announce(home: &Path, network: &Network) -> Result<Announcement, NetworkError> {
        crate::durable_file::create_private_folder(home).map_err(unreadable(home))?;
        remove_abandoned(home)?;
        for suffix in suffixes(network) {
            let path = home.join(format!("{PREFIX}{suffix}{SUFFIX}"));
            let Some(lock) = try_lock(&path)? else { continue };
            let network = Network { name: format!("{FIRST_NAME}{suffix}"), ..network.clone() };
            replace_file(home, &path, &network.to_toml()).map_err(unreadable(&path))?;
            return Ok(Announcement { network, path, _lock: lock });
        }
        Err(unreadable(home)(io::Error::other("too many localnets run with this port")))
    }
}

impl Announcement {
    /// Returns the network, under the name by which other programs find it.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the path of the announcement.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Withdraws the announcement. Those of other networks are unchanged.
    ///
    /// # Errors
    /// [`NetworkError::Unreadable`]; the announcement is then unchanged.
    pub fn withdraw(self) -> Result<(), NetworkError> {
        remove(&self.path)
    }
}

/// Returns the suffixes of the network's name, in the order of attempts: empty, the port, numbers.
fn suffixes(network: &Network) -> impl Iterator<Item = String> {
    let port = network.endpoints.first().and_then(|endpoint| endpoint.port()).unwrap_or_default();
    let numbered = (2..MOST_NAMES).map(move |number| format!("-{port}-{number}"));
    [String::new(), format!("-{port}")].into_iter().chain(numbered)
}

/// Removes the files of networks that were killed.
fn remove_abandoned(home: &Path) -> Result<(), NetworkError> {
    for path in files(home)? {
        if try_lock(&path)?.is_some() {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Takes the lock beside `path`, unless another process has it. The lock file stays: if it were
/// removed, two processes could lock two files of one name.
fn try_lock(path: &Path) -> Result<Option<File>, NetworkError> {
    let path = path.with_extension("lock");
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let file = file.map_err(unreadable(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(unreadable(&path)(source)),
    }
}

fn remove(path: &Path) -> Result<(), NetworkError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(unreadable(path)(source)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::presets;

    fn at_port(port: u16) -> Network {
        presets::local().at_endpoint(format!("http://127.0.0.1:{port}").parse().unwrap())
    }

    fn known(home: &Path, name: &str) -> Option<String> {
        let network = Networks::load(home).unwrap().get(name).ok()?;
        Some(network.endpoints[0].to_string())
    }

    #[test]
    fn second_localnet_leaves_the_first_and_ends_without_touching_it() {
        let home = tempfile::tempdir().unwrap();
        let first = Networks::announce(home.path(), &at_port(1)).unwrap();
        let second = Networks::announce(home.path(), &at_port(2)).unwrap();
        assert_eq!(
            (first.network().name.as_str(), second.network().name.as_str()),
            ("local", "local-2")
        );
        let third = Networks::announce(home.path(), &at_port(2)).unwrap();
        assert_eq!(third.network().name, "local-2-2");
        assert_eq!(known(home.path(), "local").unwrap(), "http://127.0.0.1:1");
        assert_eq!(known(home.path(), "local-2").unwrap(), "http://127.0.0.1:2");
        second.withdraw().unwrap();
        assert_eq!(known(home.path(), "local").unwrap(), "http://127.0.0.1:1");
        assert_eq!(known(home.path(), "local-2"), None);
        first.withdraw().unwrap();
        assert_eq!(Networks::load(home.path()).unwrap().get("local").unwrap(), presets::local());
    }

    #[test]
    fn localnet_that_was_killed_leaves_its_name_to_the_next() {
        let home = tempfile::tempdir().unwrap();
        // Dropped without being withdrawn, like the file of a killed process.
        drop(Networks::announce(home.path(), &at_port(1)).unwrap());
        let kept = Networks::announce(home.path(), &at_port(2)).unwrap();
        drop(Networks::announce(home.path(), &at_port(3)).unwrap());
        assert_eq!(kept.network().name, "local");
        assert!(known(home.path(), "local-3").is_some());
        let _next = Networks::announce(home.path(), &at_port(4)).unwrap();
        assert_eq!(known(home.path(), "local-3"), None);
        assert_eq!(known(home.path(), "local").unwrap(), "http://127.0.0.1:2");
    }

    #[test]
    fn what_the_user_wrote_counts_for_more_and_stays() {
        let home = tempfile::tempdir().unwrap();
        let written = format!("# mine\n{}", at_port(3).to_toml());
        fs::write(home.path().join("networks.toml"), &written).unwrap();
        let _announced = Networks::announce(home.path(), &at_port(4)).unwrap();
        assert_eq!(known(home.path(), "local").unwrap(), "http://127.0.0.1:3");
        assert_eq!(fs::read_to_string(home.path().join("networks.toml")).unwrap(), written);
    }

    #[test]
    fn a_damaged_announcement_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("localnet.toml"), "nonsense").unwrap();
        let error = Networks::load(home.path()).unwrap_err().to_string();
        assert!(error.contains("localnet.toml"), "{error}");
    }
}
