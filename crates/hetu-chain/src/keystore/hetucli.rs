//! The wallets of hetucli, the Python command line.

use std::path::{Path, PathBuf};

use super::format::MAX_LENGTH;
use super::private_file::{json_files, read_file};
use super::{Keystore, KeystoreError, WalletName};

/// A key file of another program.
#[derive(Debug)]
#[non_exhaustive]
pub struct ForeignWallet {
    /// The file.
    pub path: PathBuf,
    /// Its name and content, or the reason for which it cannot be imported unchanged.
    pub wallet: Result<(WalletName, Keystore), KeystoreError>,
}

/// Returns the wallets in a folder of hetucli, by default `~/.hetucli/wallets`. Each is a version 3
/// key file, `<name>.json`, with hetucli's additional members `address` and `name`. Some of them
/// are readable for all users. No file is decrypted or changed.
///
/// [`KeystoreFolder::adopt`](super::KeystoreFolder::adopt) imports them.
///
/// # Errors
/// [`KeystoreError::Io`] if the folder cannot be read.
pub fn hetucli_wallets(folder: &Path) -> Result<Vec<ForeignWallet>, KeystoreError> {
    let wallets =
        json_files(folder)?.into_iter().map(|path| ForeignWallet { wallet: describe(&path), path });
    Ok(wallets.collect())
}

fn describe(path: &Path) -> Result<(WalletName, Keystore), KeystoreError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().parse()?;
    Ok((name, Keystore::parse(&read_file(path, MAX_LENGTH)?)?))
}
