//! The JSON of a Web3 Secret Storage file, version 3.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cipher::Sealed;
use super::{KeystoreError, Password, ScryptCost};
use crate::{Address, Wallet};

/// The longest key file that is read, in bytes. Real ones have about 600.
const MAX_LENGTH: usize = 64 * 1024;
const VERSION: u64 = 3;

/// An encrypted wallet.
///
/// Written as geth and eth_account read it; read as they and hetucli write it.
#[derive(Clone, Debug)]
pub struct Keystore {
    file: File,
    address: Address,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct File {
    address: String,
    #[serde(alias = "Crypto")]
    crypto: Sealed,
    id: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Keystore {
    /// Encrypts `wallet` under `password`. Takes as long as the `cost` says.
    ///
    /// # Errors
    /// [`KeystoreError::Io`] if the operating system gives no random bytes.
    pub fn encrypt(
        wallet: &Wallet,
        password: &Password,
        cost: ScryptCost,
    ) -> Result<Self, KeystoreError> {
        let address = wallet.address();
        let file = File {
            address: hex::encode(address.as_bytes()),
            crypto: Sealed::seal(&wallet.secret_bytes(), password, cost)?,
            id: Uuid::new_v4().to_string(),
            version: VERSION,
            name: None,
        };
        Ok(Self { file, address })
    }

    /// Reads a key file. The key stays encrypted.
    ///
    /// # Errors
    /// [`KeystoreError::Malformed`] if `json` is not a version 3 key file with its address.
    pub fn parse(json: &str) -> Result<Self, KeystoreError> {
        if json.len() > MAX_LENGTH {
            return Err(KeystoreError::malformed("the file is too long"));
        }
        let file: File = serde_json::from_str(json).map_err(KeystoreError::malformed)?;
        if file.version != VERSION {
            return Err(KeystoreError::malformed(format!("the version is {}", file.version)));
        }
        let digits = file.address.strip_prefix("0x").unwrap_or(&file.address);
        let address = format!("0x{digits}").parse().map_err(KeystoreError::malformed)?;
        Ok(Self { file, address })
    }

    /// Decrypts the wallet. Takes as long as the file's key derivation asks for.
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassword`]; [`KeystoreError::TooCostly`] for parameters no honest
    /// writer uses; [`KeystoreError::Malformed`] for unknown algorithms or a key that is not
    /// the named address's.
    pub fn decrypt(&self, password: &Password) -> Result<Wallet, KeystoreError> {
        let secret = self.file.crypto.open(password)?;
        let wallet = Wallet::from_secret_bytes(&secret).map_err(KeystoreError::malformed)?;
        if wallet.address() != self.address {
            return Err(KeystoreError::malformed("the key belongs to another address"));
        }
        Ok(wallet)
    }

    /// The account of the wallet. Stands in the file unencrypted.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        #[expect(clippy::expect_used, reason = "strings and numbers always serialise")]
        serde_json::to_string_pretty(&self.file).expect("a key file serialises")
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.file.name = Some(name.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The test vector of the Web3 Secret Storage definition.
    const PBKDF2: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":
        "6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":
        "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":
        "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":
        "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":
        "3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3,
        "address":"008aeeda4d805471df9b2a5b0f38a0c3bcba786b"}"#;
    // The same key and password, written by eth_account, with the members hetucli adds.
    const SCRYPT: &str = r#"{"address":"0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b","crypto":
        {"cipher":"aes-128-ctr","cipherparams":{"iv":"3166b691e38c9d316e0c436060b8e797"},
        "ciphertext":"5349fadb03a68298fce2bc13b83e0b835537555239016c0628a8abb4bc093d81",
        "kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"r":8,"p":1,"salt":
        "fd3d7e1ac0448c9572e42439fc3b7ffd"},"mac":
        "a74db0bb59b9da01f1e8dcca7b5c63d01811cc12858dd0bb6dad6b4e0a1cd507"},
        "id":"c124b0c5-ef7d-4bd4-aacf-050ab359d734","version":3,"name":"from-hetucli"}"#;

    #[test]
    fn files_of_other_writers_open() {
        for json in [PBKDF2, SCRYPT] {
            let wallet = Keystore::parse(json).unwrap().decrypt(&"testpassword".into()).unwrap();
            assert_eq!(
                hex::encode(*wallet.secret_bytes()),
                "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
            );
        }
    }

    #[test]
    fn a_wallet_survives_its_file_and_a_wrong_password_is_its_own_error() {
        let wallet = Wallet::random();
        let written = Keystore::encrypt(&wallet, &"open sesame".into(), ScryptCost::LIGHT).unwrap();
        let read = Keystore::parse(&written.to_json()).unwrap();
        assert_eq!(read.address(), wallet.address());
        assert_eq!(
            read.decrypt(&"open sesame".into()).unwrap().secret_bytes(),
            wallet.secret_bytes()
        );
        assert!(matches!(read.decrypt(&"open, sesame".into()), Err(KeystoreError::WrongPassword)));
    }

    #[test]
    fn files_that_are_no_key_files_are_refused() {
        let other_version = SCRYPT.replace(r#""version":3"#, r#""version":4"#);
        let other_cipher = SCRYPT.replace("aes-128-ctr", "aes-256-gcm");
        for json in ["", "{}", "[]", &other_version] {
            assert!(matches!(Keystore::parse(json), Err(KeystoreError::Malformed { .. })));
        }
        let opened = Keystore::parse(&other_cipher).unwrap().decrypt(&"testpassword".into());
        assert!(matches!(opened, Err(KeystoreError::Malformed { .. })));
    }

    #[test]
    fn a_file_cannot_make_its_reader_work_for_ever() {
        for (from, to) in [(r#""n":262144"#, r#""n":1073741824"#), (r#""p":1"#, r#""p":100000"#)] {
            let keystore = Keystore::parse(&SCRYPT.replace(from, to)).unwrap();
            let opened = keystore.decrypt(&"testpassword".into());
            assert!(matches!(opened, Err(KeystoreError::TooCostly { .. })));
        }
    }

    #[test]
    fn a_key_of_another_address_is_refused() {
        let swapped = SCRYPT.replace(
            "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b",
            "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
        );
        let opened = Keystore::parse(&swapped).unwrap().decrypt(&"testpassword".into());
        assert!(matches!(opened, Err(KeystoreError::Malformed { .. })));
    }
}
