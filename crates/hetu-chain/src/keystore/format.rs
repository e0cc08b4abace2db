//! The JSON of a Web3 Secret Storage file, version 3.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cipher::Sealed;
use super::{KeystoreError, Password, ScryptCost};
use crate::text::without_mark;
use crate::{Address, Wallet};

/// The maximum length of a key file in bytes. Real files have about 600.
pub(super) const MAX_LENGTH: u64 = 64 * 1024;
const VERSION: u64 = 3;

/// An encrypted wallet.
///
/// The output format is the one that geth and eth_account read. The accepted formats are those of
/// geth, eth_account and hetucli.
#[derive(Clone, Debug)]
pub struct Keystore {
    file: File,
    address: Option<Address>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct File {
    /// The account; omitted by programs that do not disclose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(alias = "Crypto")]
    crypto: Sealed,
    /// Omitted by some programs, although the definition requires it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Keystore {
    /// Encrypts `wallet` under `password`. Takes the time that `cost` implies.
    ///
    /// # Errors
    /// [`KeystoreError::Io`] if the operating system returns no random bytes.
    pub fn encrypt(
        wallet: &Wallet,
        password: &Password,
        cost: ScryptCost,
    ) -> Result<Self, KeystoreError> {
        let address = wallet.address();
        let file = File {
            address: Some(hex::encode(address.as_bytes())),
            crypto: Sealed::seal(&wallet.secret_bytes(), password, cost)?,
            id: Some(Uuid::new_v4().to_string()),
            version: VERSION,
            name: None,
        };
        Ok(Self { file, address: Some(address) })
    }

    /// Reads a key file. The key stays encrypted.
    ///
    /// # Errors
    /// [`KeystoreError::Malformed`] if `json` is not a version 3 key file, or its address is
    /// invalid.
    pub fn parse(json: &str) -> Result<Self, KeystoreError> {
        if json.len() as u64 > MAX_LENGTH {
            return Err(KeystoreError::malformed("the file is too long"));
        }
        let file: File =
            serde_json::from_str(without_mark(json)).map_err(KeystoreError::malformed)?;
        if file.version != VERSION {
            return Err(KeystoreError::malformed(format!("the version is {}", file.version)));
        }
        let address = file.address.as_deref().map(parse_address).transpose()?;
        Ok(Self { file, address })
    }

    /// Decrypts the wallet. Takes the time that the file's key derivation implies.
    ///
    /// # Errors
    /// [`KeystoreError::WrongPassword`]; [`KeystoreError::TooCostly`] for parameters that no honest
    /// program uses; [`KeystoreError::Malformed`] for unknown algorithms or a key that does not
    /// match the address.
    pub fn decrypt(&self, password: &Password) -> Result<Wallet, KeystoreError> {
        let secret = self.file.crypto.open(password)?;
        let wallet = Wallet::from_secret_bytes(&secret).map_err(KeystoreError::malformed)?;
        if self.address.is_some_and(|address| address != wallet.address()) {
            return Err(KeystoreError::malformed("the key belongs to another address"));
        }
        Ok(wallet)
    }

    /// Returns the account of the wallet, if the file contains it unencrypted.
    pub const fn address(&self) -> Option<Address> {
        self.address
    }

    /// Returns the text of the file.
    pub fn to_json(&self) -> String {
        #[expect(clippy::expect_used, reason = "strings and numbers always serialise")]
        serde_json::to_string_pretty(&self.file).expect("a key file serialises")
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.file.name = Some(name.to_owned());
        self
    }
}

/// Parses an address. Some programs write a leading `0x`, others do not.
fn parse_address(text: &str) -> Result<Address, KeystoreError> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    format!("0x{digits}").parse().map_err(KeystoreError::malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
    // A test vector of the Web3 Secret Storage definition, without an address.
    const PBKDF2: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":
        "6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":
        "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":
        "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":
        "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":
        "3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
    // The same key and password, written by eth_account, with the additional members of hetucli.
    const HETUCLI: &str = r#"{"address":"0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b","crypto":
        {"cipher":"aes-128-ctr","cipherparams":{"iv":"3166b691e38c9d316e0c436060b8e797"},
        "ciphertext":"5349fadb03a68298fce2bc13b83e0b835537555239016c0628a8abb4bc093d81",
        "kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"r":8,"p":1,"salt":
        "fd3d7e1ac0448c9572e42439fc3b7ffd"},"mac":
        "a74db0bb59b9da01f1e8dcca7b5c63d01811cc12858dd0bb6dad6b4e0a1cd507"},
        "id":"c124b0c5-ef7d-4bd4-aacf-050ab359d734","version":3,"name":"from-hetucli"}"#;

    #[test]
    fn the_definitions_vector_and_files_of_other_writers_open() {
        for (json, names_its_address) in [(PBKDF2, false), (HETUCLI, true)] {
            let keystore = Keystore::parse(json).unwrap();
            assert_eq!(keystore.address().is_some(), names_its_address);
            let wallet = keystore.decrypt(&"testpassword".into()).unwrap();
            assert_eq!(hex::encode(*wallet.secret_bytes()), SECRET);
            let wrong = keystore.decrypt(&"testpassword ".into());
            assert!(matches!(wrong, Err(KeystoreError::WrongPassword)));
        }
    }

    #[test]
    fn a_password_is_its_bytes_in_utf_8() {
        let wallet = Wallet::random();
        let password = "pässwörd 鍵\u{1f511}";
        let keystore = Keystore::encrypt(&wallet, &password.into(), ScryptCost::LIGHT).unwrap();
        assert!(keystore.decrypt(&password.into()).is_ok());
        // Visually equal, with other bytes: eth_account and geth do not normalise either.
        let decomposed = password.replace('ä', "a\u{308}");
        assert!(keystore.decrypt(&decomposed.into()).is_err());
    }

    #[test]
    fn debug_shows_no_password() {
        assert_eq!(format!("{:?}", Password::from("secret")), "Password(hidden)");
    }

    #[test]
    fn a_wallet_survives_its_file_and_a_wrong_password_is_its_own_error() {
        let wallet = Wallet::random();
        let written = Keystore::encrypt(&wallet, &"open sesame".into(), ScryptCost::LIGHT).unwrap();
        let read = Keystore::parse(&written.to_json()).unwrap();
        assert_eq!(read.address(), Some(wallet.address()));
        assert_eq!(
            read.decrypt(&"open sesame".into()).unwrap().secret_bytes(),
            wallet.secret_bytes()
        );
        assert!(matches!(read.decrypt(&"open, sesame".into()), Err(KeystoreError::WrongPassword)));
    }

    #[test]
    fn files_that_are_no_key_files_are_refused() {
        let other_version = HETUCLI.replace(r#""version":3"#, r#""version":4"#);
        let other_cipher = HETUCLI.replace("aes-128-ctr", "aes-256-gcm");
        for json in ["", "{}", "[]", &other_version] {
            assert!(matches!(Keystore::parse(json), Err(KeystoreError::Malformed { .. })));
        }
        let opened = Keystore::parse(&other_cipher).unwrap().decrypt(&"testpassword".into());
        assert!(matches!(opened, Err(KeystoreError::Malformed { .. })));
    }

    fn opened_with(from: &str, to: &str) -> Result<Wallet, KeystoreError> {
        assert!(HETUCLI.contains(from) || PBKDF2.contains(from), "{from}");
        let json = if HETUCLI.contains(from) { HETUCLI } else { PBKDF2 };
        Keystore::parse(&json.replace(from, to))?.decrypt(&"testpassword".into())
    }

    // A file with large r and p took 9.5 GB and more than a minute, because only n was bounded.
    #[test]
    fn key_file_above_memory_or_work_bound_is_refused_with_its_parameters() {
        for (n, r, p) in [
            (2, 4_194_304, 16),
            (1 << 30, 8, 1),
            (262_144, 8, 100_000),
            (262_144, 8, 9),
            (262_144, 8, u32::MAX),
            (2, 1, u32::MAX),
            (2, u32::MAX, 1),
            (2, u32::MAX, u32::MAX),
            (1_u64 << 63, 1, 1),
            (1_u64 << 63, u32::MAX, u32::MAX),
            (1 << 23, 1, 3),
            (1 << 24, 1, 1),
        ] {
            let parameters = format!(r#""n":{n},"r":{r},"p":{p}"#);
            let error = opened_with(r#""n":262144,"r":8,"p":1"#, &parameters).unwrap_err();
            assert!(matches!(error, KeystoreError::TooCostly { .. }), "{parameters} {error}");
            let named = format!("n is {n}, r is {r} and p is {p}");
            assert!(error.to_string().contains(&named), "{error}");
        }
        let error = opened_with(r#""c":262144"#, r#""c":10000001"#).unwrap_err();
        assert!(matches!(error, KeystoreError::TooCostly { .. }), "{error}");
    }

    #[test]
    fn key_file_with_impossible_parameter_is_malformed() {
        let long_salt = format!(r#""salt":"{}""#, "00".repeat(257));
        for (from, to) in [
            (r#""n":262144"#, r#""n":0"#),
            (r#""n":262144"#, r#""n":1"#),
            (r#""n":262144"#, r#""n":262143"#),
            (r#""n":262144"#, r#""n":-2"#),
            (r#""n":262144"#, r#""n":18446744073709551616"#),
            (r#""r":8"#, r#""r":0"#),
            (r#""r":8"#, r#""r":4294967296"#),
            (r#""p":1"#, r#""p":0"#),
            (r#""dklen":32"#, r#""dklen":0"#),
            (r#""dklen":32"#, r#""dklen":4294967296"#),
            (
                r#""salt":
        "fd3d7e1ac0448c9572e42439fc3b7ffd""#,
                &long_salt,
            ),
            (
                r#""mac":
        "a74d"#,
                r#""mac":"a7"#,
            ),
            (r#""iv":"3166"#, r#""iv":"31"#),
            (r#""c":262144"#, r#""c":0"#),
            (r#""c":262144"#, r#""c":4294967296"#),
        ] {
            let from = from.replace("\\n", "\n");
            let error = opened_with(&from, to).unwrap_err();
            assert!(matches!(error, KeystoreError::Malformed { .. }), "{to} {error}");
        }
    }

    #[test]
    fn a_key_of_another_address_is_refused() {
        let swapped = HETUCLI.replace(
            "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b",
            "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
        );
        let opened = Keystore::parse(&swapped).unwrap().decrypt(&"testpassword".into());
        assert!(matches!(opened, Err(KeystoreError::Malformed { .. })));
    }
}
