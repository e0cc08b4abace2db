//! The folder of an operator's wallets, with one file for each.

use std::io;
use std::path::{Path, PathBuf};

use super::format::MAX_LENGTH;
use super::private_file::{
    json_files, open_private_folder, read_file, read_private_file, write_private_file,
};
use super::{Keystore, KeystoreError, Password, ScryptCost, WalletName};
use crate::{Address, Wallet};

const EXTENSION: &str = "json";

/// A folder of encrypted wallets, with one file `<name>.json` for each.
///
/// Reads and writes files and therefore blocks: asynchronous programs call it from a blocking task.
#[derive(Clone, Debug)]
pub struct KeystoreFolder {
    path: PathBuf,
}

/// The properties of a wallet in a folder that are known without its password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct WalletEntry {
    /// Its name.
    pub name: WalletName,
    /// Its account, if the file contains it.
    pub address: Option<Address>,
    /// The file.
    pub path: PathBuf,
}

impl KeystoreFolder {
    /// Opens the folder. A missing folder is created, readable for its owner only.
    ///
    /// # Errors
    /// [`KeystoreError::TooOpen`] if other users can put files into it, [`KeystoreError::Io`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeystoreError> {
        let path = path.into();
        open_private_folder(&path)?;
        Ok(Self { path })
    }

    /// Encrypts `wallet` into the file of `name` and returns its path.
    ///
    /// The file is complete or absent, readable for its owner only, and never replaces another
    /// file.
    ///
    /// # Errors
    /// [`KeystoreError::AlreadyExists`], also for a name that differs only in case;
    /// [`KeystoreError::Io`].
    pub fn create(
        &self,
        name: &WalletName,
        wallet: &Wallet,
        password: &Password,
        cost: ScryptCost,
    ) -> Result<PathBuf, KeystoreError> {
        self.make_sure_is_free(name)?;
        self.write(name, Keystore::encrypt(wallet, password, cost)?)
    }

    /// Stores an encrypted wallet of another program under `name`, with its password, and returns
    /// its path. The wallet is not decrypted.
    ///
    /// # Errors
    /// The errors of [`KeystoreFolder::create`].
    pub fn adopt(&self, name: &WalletName, keystore: &Keystore) -> Result<PathBuf, KeystoreError> {
        self.make_sure_is_free(name)?;
        self.write(name, keystore.clone())
    }

    /// Reads the key file of `name`. The key stays encrypted.
    ///
    /// # Errors
    /// [`KeystoreError::NotFound`], [`KeystoreError::Malformed`], [`KeystoreError::TooOpen`] if
    /// other users can read or change the file, [`KeystoreError::Io`].
    pub fn read(&self, name: &WalletName) -> Result<Keystore, KeystoreError> {
        let read = read_private_file(&self.path_of(name), MAX_LENGTH);
        Keystore::parse(&read.map_err(|error| self.not_found(name, error))?)
    }

    /// Returns the properties of `name` that are known without its password.
    ///
    /// # Errors
    /// The errors of [`KeystoreFolder::read`].
    pub fn entry(&self, name: &WalletName) -> Result<WalletEntry, KeystoreError> {
        let address = self.read(name)?.address();
        Ok(WalletEntry { name: name.clone(), address, path: self.path_of(name) })
    }

    /// Returns the wallets of the folder by name. Files that are not key files are skipped.
    ///
    /// # Errors
    /// [`KeystoreError::Io`] if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<WalletEntry>, KeystoreError> {
        let mut wallets: Vec<_> =
            json_files(&self.path)?.into_iter().filter_map(describe).collect();
        wallets.sort();
        Ok(wallets)
    }

    /// Verifies that no wallet has this name in any case. On some systems two names that differ
    /// only in case are one file. On the others, one of the two is a typing error.
    fn make_sure_is_free(&self, name: &WalletName) -> Result<(), KeystoreError> {
        let is_taken = |path: &PathBuf| {
            path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(name.as_str()))
        };
        match json_files(&self.path)?.into_iter().find(is_taken) {
            Some(path) => Err(KeystoreError::AlreadyExists { path }),
            None => Ok(()),
        }
    }

    fn write(&self, name: &WalletName, keystore: Keystore) -> Result<PathBuf, KeystoreError> {
        let path = self.path_of(name);
        write_private_file(&path, &keystore.named(name.as_str()).to_json())?;
        Ok(path)
    }

    fn path_of(&self, name: &WalletName) -> PathBuf {
        self.path.join(format!("{name}.{EXTENSION}"))
    }

    fn not_found(&self, name: &WalletName, error: KeystoreError) -> KeystoreError {
        match error {
            KeystoreError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                KeystoreError::NotFound { name: name.to_string(), folder: self.path.clone() }
            }
            other => other,
        }
    }
}

fn describe(path: PathBuf) -> Option<WalletEntry> {
    let name = Path::new(path.file_stem()?).to_str()?.parse().ok()?;
    let keystore = Keystore::parse(&read_file(&path, MAX_LENGTH).ok()?).ok()?;
    Some(WalletEntry { name, address: keystore.address(), path })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::durable_file::FaultyFiles;
    use crate::keystore::hetucli_wallets;

    fn folder() -> (tempfile::TempDir, KeystoreFolder) {
        let root = tempfile::tempdir().unwrap();
        let folder = KeystoreFolder::open(root.path().join("wallets")).unwrap();
        (root, folder)
    }

    fn name(text: &str) -> WalletName {
        text.parse().unwrap()
    }

    fn create(folder: &KeystoreFolder, text: &str) -> Result<PathBuf, KeystoreError> {
        folder.create(&name(text), &Wallet::random(), &"secret".into(), ScryptCost::LIGHT)
    }

    #[test]
    fn a_created_wallet_is_listed_and_opens() {
        let (_root, folder) = folder();
        let wallet = Wallet::random();
        let path =
            folder.create(&name("miner"), &wallet, &"secret".into(), ScryptCost::LIGHT).unwrap();
        let entry = WalletEntry { name: name("miner"), address: Some(wallet.address()), path };
        assert_eq!(folder.entry(&name("miner")).unwrap(), entry);
        assert_eq!(folder.list().unwrap(), [entry]);
        let opened = folder.read(&name("miner")).unwrap().decrypt(&"secret".into()).unwrap();
        assert_eq!(opened.address(), wallet.address());
    }

    #[test]
    fn a_wallet_never_replaces_another_whatever_its_capitals() {
        let (_root, folder) = folder();
        let path = create(&folder, "miner").unwrap();
        let before = fs::read(&path).unwrap();
        for text in ["miner", "Miner", "MINER"] {
            let second = create(&folder, text);
            assert!(matches!(second, Err(KeystoreError::AlreadyExists { .. })), "{text}");
        }
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(folder.list().unwrap().len(), 1);
    }

    #[test]
    fn of_two_who_create_the_same_wallet_at_once_one_wins() {
        let (_root, folder) = folder();
        let keystore =
            Keystore::encrypt(&Wallet::random(), &"secret".into(), ScryptCost::LIGHT).unwrap();
        let created = std::thread::scope(|scope| {
            let adopt = || folder.adopt(&name("miner"), &keystore).is_ok();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(adopt)).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap().then_some(())).count()
        });
        assert_eq!(created, 1);
        assert_eq!(fs::read_dir(&folder.path).unwrap().count(), 1, "no temporary files stay");
    }

    #[test]
    fn key_file_is_whole_or_absent_at_every_failing_step() {
        let (root, folder) = folder();
        let wallet = Wallet::random();
        let keystore = Keystore::encrypt(&wallet, &"secret".into(), ScryptCost::LIGHT).unwrap();
        FaultyFiles::at_every_step(root.path(), |files, fault| {
            files.heal();
            let _ = fs::remove_file(folder.path_of(&name("miner")));
            files.arm();
            let kept = folder.adopt(&name("miner"), &keystore);
            let was_hit = files.disarm();
            assert_eq!(kept.is_err(), was_hit, "{fault:?}");
            files.crash_or_not();
            match folder.read(&name("miner")) {
                Ok(found) => assert_eq!(found.address(), Some(wallet.address())),
                Err(error) => assert!(matches!(error, KeystoreError::NotFound { .. }), "{error}"),
            }
            assert_eq!(folder.list().unwrap().len(), usize::from(kept.is_ok()), "{fault:?}");
        });
    }

    #[test]
    fn a_missing_wallet_is_not_found() {
        let (_root, folder) = folder();
        assert!(matches!(folder.read(&name("nobody")), Err(KeystoreError::NotFound { .. })));
    }

    #[test]
    fn files_that_are_no_key_files_are_passed_over() {
        let (_root, folder) = folder();
        create(&folder, "miner").unwrap();
        fs::write(folder.path.join("notes.json"), "{}").unwrap();
        fs::write(folder.path.join("long.json"), " ".repeat(100_000)).unwrap();
        fs::write(folder.path.join("notes.txt"), "").unwrap();
        fs::create_dir(folder.path.join("folder.json")).unwrap();
        assert_eq!(folder.list().unwrap().len(), 1);
        assert!(matches!(folder.read(&name("folder")), Err(KeystoreError::Io { .. })));
    }

    #[test]
    fn wallets_of_hetucli_are_taken_over_without_their_password() {
        let (root, folder) = folder();
        let theirs = root.path().join("hetucli");
        fs::create_dir(&theirs).unwrap();
        let wallet = Wallet::random();
        let keystore = Keystore::encrypt(&wallet, &"secret".into(), ScryptCost::LIGHT).unwrap();
        let json = keystore.to_json();
        for file in ["alice.json", "my wallet.json", "readme.txt"] {
            fs::write(theirs.join(file), &json).unwrap();
        }
        fs::write(theirs.join("broken.json"), "{").unwrap();

        let found = hetucli_wallets(&theirs).unwrap();
        let outcome = |position: usize| found[position].wallet.as_ref();
        let (name, keystore) = outcome(0).unwrap();
        assert_eq!(name.as_str(), "alice");
        assert!(matches!(outcome(1), Err(KeystoreError::Malformed { .. })));
        assert!(matches!(outcome(2), Err(KeystoreError::InvalidName { .. })));
        assert_eq!(found.len(), 3);

        folder.adopt(name, keystore).unwrap();
        let opened = folder.read(name).unwrap().decrypt(&"secret".into()).unwrap();
        assert_eq!(opened.address(), wallet.address());
        assert!(hetucli_wallets(&root.path().join("nowhere")).is_err());
    }

    #[cfg(unix)]
    mod permissions {
        use std::os::unix::fs::PermissionsExt;

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        fn set_mode(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test]
        fn only_the_owner_can_read_folder_and_file() {
            let (root, folder) = folder();
            let file = create(&folder, "miner").unwrap();
            assert_eq!(mode(&file), 0o600);
            assert_eq!(mode(&root.path().join("wallets")), 0o700);
        }

        #[test]
        fn a_key_file_that_others_can_read_is_listed_but_not_opened() {
            let (_root, folder) = folder();
            let file = create(&folder, "miner").unwrap();
            for open in [0o640, 0o604, 0o620, 0o666] {
                set_mode(&file, open);
                let error = folder.read(&name("miner")).unwrap_err();
                assert!(matches!(error, KeystoreError::TooOpen { mode, .. } if mode == open));
                assert!(error.to_string().contains("chmod"), "{error}");
                assert_eq!(folder.list().unwrap().len(), 1);
            }
            set_mode(&file, 0o400);
            assert!(folder.read(&name("miner")).is_ok());
        }

        #[test]
        fn a_folder_into_which_others_can_put_files_is_not_opened() {
            let (root, _) = folder();
            let path = root.path().join("wallets");
            for open in [0o720, 0o702, 0o777] {
                set_mode(&path, open);
                let refused = KeystoreFolder::open(&path);
                assert!(matches!(refused, Err(KeystoreError::TooOpen { .. })), "{open:o}");
            }
            set_mode(&path, 0o755);
            assert!(KeystoreFolder::open(&path).is_ok());
        }
    }
}
