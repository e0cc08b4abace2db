//! Encrypted keys on disk: Web3 Secret Storage V3 files and their folder.

mod cipher;
mod error;
mod folder;
mod format;
mod hetucli;
mod name;
mod password;
mod private_file;
mod small_blocks;

pub use cipher::ScryptCost;
pub use error::KeystoreError;
pub use folder::{KeystoreFolder, WalletEntry};
pub use format::Keystore;
pub use hetucli::{ForeignWallet, hetucli_wallets};
pub use name::WalletName;
pub use password::Password;
pub use private_file::write_private_file;
