//! The network that `hetu localnet` runs, so that others find it at whatever port it is.
//!
//! It has a file of its own, because `networks.toml` is the user's: nothing that people wrote is
//! changed, and an entry of theirs counts for more.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::file::{read_or_empty, replace_file};
use super::{Network, NetworkError, Networks};

pub(super) const FILE_NAME: &str = "localnet.toml";

impl Networks {
    /// Makes `network` known by its name to whoever [loads](Self::load) the networks of `home`, in
    /// place of the one that was announced before. Returns the file that says so.
    ///
    /// # Errors
    /// [`NetworkError::Unreadable`]; the announcement is then as it was.
    pub fn announce(home: &Path, network: &Network) -> Result<PathBuf, NetworkError> {
        let path = home.join(FILE_NAME);
        match replace_file(home, &path, &network.to_toml()) {
            Ok(()) => Ok(path),
            Err(source) => Err(NetworkError::Unreadable { path, source }),
        }
    }

    /// Takes back that `network` was announced, unless another one was since then.
    ///
    /// # Errors
    /// [`NetworkError::Unreadable`]; the announcement is then as it was.
    pub fn withdraw(home: &Path, network: &Network) -> Result<(), NetworkError> {
        let path = home.join(FILE_NAME);
        if read_or_empty(&path)? != network.to_toml() {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(NetworkError::Unreadable { path, source })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets;

    fn at_port(port: u16) -> Network {
        presets::local().at_endpoint(format!("http://127.0.0.1:{port}").parse().unwrap())
    }

    fn known_as_local(home: &Path) -> Network {
        Networks::load(home).unwrap().get("local").unwrap()
    }

    #[test]
    fn the_network_that_was_announced_last_is_found_until_it_is_withdrawn() {
        let home = tempfile::tempdir().unwrap();
        let (first, second) = (at_port(1), at_port(2));
        Networks::announce(home.path(), &first).unwrap();
        assert_eq!(known_as_local(home.path()), first);
        Networks::announce(home.path(), &second).unwrap();
        Networks::withdraw(home.path(), &first).unwrap();
        assert_eq!(known_as_local(home.path()), second);
        Networks::withdraw(home.path(), &second).unwrap();
        Networks::withdraw(home.path(), &second).unwrap();
        assert_eq!(known_as_local(home.path()), presets::local());
    }

    #[test]
    fn what_the_user_wrote_counts_for_more_and_stays() {
        let home = tempfile::tempdir().unwrap();
        let written = format!("# mine\n{}", at_port(3).to_toml());
        fs::write(home.path().join("networks.toml"), &written).unwrap();
        Networks::announce(home.path(), &at_port(4)).unwrap();
        assert_eq!(known_as_local(home.path()), at_port(3));
        assert_eq!(fs::read_to_string(home.path().join("networks.toml")).unwrap(), written);
    }

    #[test]
    fn a_damaged_announcement_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE_NAME), "nonsense").unwrap();
        let error = Networks::load(home.path()).unwrap_err().to_string();
        assert!(error.contains(FILE_NAME), "{error}");
    }
}
