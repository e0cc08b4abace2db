//! The folder that keeps an operator's wallets, one file each.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Keystore, KeystoreError, Password, ScryptCost};
use crate::{Address, Wallet};

const EXTENSION: &str = "json";

/// The name of a wallet: 1 to 64 ASCII letters, digits, `-`, `_` or `.`, and no `.` in front.
///
/// Such a name is a file name on every system and never leaves its folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalletName(String);

impl WalletName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WalletName {
    type Err = KeystoreError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
        if (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(is_allowed)
        {
            return Ok(Self(name.to_owned()));
        }
        Err(KeystoreError::InvalidName { name: name.to_owned() })
    }
}

impl fmt::Display for WalletName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A folder of encrypted wallets, `<name>.json` each.
///
/// Reads and writes files, and so blocks: call it from a blocking task in async programs.
#[derive(Clone, Debug)]
pub struct KeystoreFolder {
    path: PathBuf,
}

impl KeystoreFolder {
    /// Opens the folder, made readable for its owner alone if it is not there.
    ///
    /// # Errors
    /// [`KeystoreError::Io`] if it cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeystoreError> {
        let path = path.into();
        create_private_folder(&path).map_err(|source| io_error(&path, source))?;
        Ok(Self { path })
    }

    /// Encrypts `wallet` into the file of `name` and returns where it is.
    ///
    /// The file appears whole or not at all, readable for its owner alone, and never in the
    /// place of another.
    ///
    /// # Errors
    /// [`KeystoreError::AlreadyExists`], [`KeystoreError::Io`].
    pub fn create(
        &self,
        name: &WalletName,
        wallet: &Wallet,
        password: &Password,
        cost: ScryptCost,
    ) -> Result<PathBuf, KeystoreError> {
        let path = self.path_of(name);
        if path.exists() {
            return Err(KeystoreError::AlreadyExists { path });
        }
        let keystore = Keystore::encrypt(wallet, password, cost)?.named(name.as_str());
        self.write_new(&path, &keystore.to_json())?;
        Ok(path)
    }

    /// Reads the key file of `name`. The key stays encrypted.
    ///
    /// # Errors
    /// [`KeystoreError::NotFound`], [`KeystoreError::Malformed`], [`KeystoreError::Io`].
    pub fn read(&self, name: &WalletName) -> Result<Keystore, KeystoreError> {
        let path = self.path_of(name);
        match fs::read_to_string(&path) {
            Ok(json) => Keystore::parse(&json),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(KeystoreError::NotFound { name: name.to_string(), folder: self.path.clone() })
            }
            Err(source) => Err(io_error(&path, source)),
        }
    }

    /// The wallets of the folder by name. Files that are no key files are passed over.
    ///
    /// # Errors
    /// [`KeystoreError::Io`] if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<(WalletName, Address)>, KeystoreError> {
        let entries = fs::read_dir(&self.path).map_err(|source| io_error(&self.path, source))?;
        let mut wallets: Vec<_> =
            entries.filter_map(|entry| self.describe(&entry.ok()?.path())).collect();
        wallets.sort();
        Ok(wallets)
    }

    fn describe(&self, path: &Path) -> Option<(WalletName, Address)> {
        if path.extension()? != EXTENSION {
            return None;
        }
        let name: WalletName = path.file_stem()?.to_str()?.parse().ok()?;
        let address = self.read(&name).ok()?.address();
        Some((name, address))
    }

    fn path_of(&self, name: &WalletName) -> PathBuf {
        self.path.join(format!("{name}.{EXTENSION}"))
    }

    fn write_new(&self, path: &Path, text: &str) -> Result<(), KeystoreError> {
        // A temporary file is readable for its owner alone from the start.
        let mut file = tempfile::NamedTempFile::new_in(&self.path)
            .map_err(|source| io_error(&self.path, source))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.as_file().sync_all())
            .map_err(|source| io_error(path, source))?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(KeystoreError::AlreadyExists { path: path.to_owned() })
            }
            Err(error) => Err(io_error(path, error.error)),
        }
    }
}

fn io_error(path: &Path, source: io::Error) -> KeystoreError {
    KeystoreError::Io { path: path.to_owned(), source }
}

#[cfg(unix)]
fn create_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, KeystoreFolder) {
        let root = tempfile::tempdir().unwrap();
        let folder = KeystoreFolder::open(root.path().join("wallets")).unwrap();
        (root, folder)
    }

    fn name(text: &str) -> WalletName {
        text.parse().unwrap()
    }

    #[test]
    fn a_created_wallet_is_listed_and_opens() {
        let (_root, folder) = folder();
        let wallet = Wallet::random();
        folder.create(&name("miner"), &wallet, &"secret".into(), ScryptCost::LIGHT).unwrap();
        assert_eq!(folder.list().unwrap(), [(name("miner"), wallet.address())]);
        let opened = folder.read(&name("miner")).unwrap().decrypt(&"secret".into()).unwrap();
        assert_eq!(opened.address(), wallet.address());
    }

    #[test]
    fn a_wallet_never_replaces_another() {
        let (_root, folder) = folder();
        let first = Wallet::random();
        folder.create(&name("miner"), &first, &"secret".into(), ScryptCost::LIGHT).unwrap();
        let second =
            folder.create(&name("miner"), &Wallet::random(), &"x".into(), ScryptCost::LIGHT);
        assert!(matches!(second, Err(KeystoreError::AlreadyExists { .. })));
        assert_eq!(folder.read(&name("miner")).unwrap().address(), first.address());
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        for text in ["", ".", "..", "../miner", "a/b", "a\\b", ".hidden", "a b", &"a".repeat(65)] {
            assert!(
                matches!(text.parse::<WalletName>(), Err(KeystoreError::InvalidName { .. })),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_missing_wallet_is_not_found() {
        let (_root, folder) = folder();
        assert!(matches!(folder.read(&name("nobody")), Err(KeystoreError::NotFound { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_folder_and_file() {
        use std::os::unix::fs::PermissionsExt;
        let (root, folder) = folder();
        let file = folder
            .create(&name("miner"), &Wallet::random(), &"secret".into(), ScryptCost::LIGHT)
            .unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&root.path().join("wallets")), 0o700);
    }
}
