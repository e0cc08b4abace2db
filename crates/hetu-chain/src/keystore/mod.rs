//! Keys at rest: Web3 Secret Storage V3 files and the folder that keeps them.

mod cipher;
mod error;
mod folder;
mod format;
mod password;

pub use cipher::ScryptCost;
pub use error::KeystoreError;
pub use folder::{KeystoreFolder, WalletName};
pub use format::Keystore;
pub use password::Password;
