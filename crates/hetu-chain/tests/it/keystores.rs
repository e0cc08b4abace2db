//! Key files that other programs wrote.

use hetu_chain::Keystore;
use hetu_chain::keystore::KeystoreError;

const ADDRESS: &str = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F";

fn open(json: &str, password: &str) -> Result<String, KeystoreError> {
    let keystore = Keystore::parse(json)?;
    let wallet = keystore.decrypt(&password.into())?;
    assert_eq!(keystore.address(), Some(wallet.address()));
    Ok(wallet.address().to_string())
}

#[test]
fn files_of_eth_account_open_with_their_password_alone() {
    for (json, password) in [
        (include_str!("../keystores/eth_account_scrypt.json"), "correct horse battery staple"),
        (include_str!("../keystores/eth_account_pbkdf2.json"), "pässwörd 鍵"),
        (include_str!("../keystores/hetucli.json"), "correct horse battery staple"),
    ] {
        assert_eq!(open(json, password).unwrap(), ADDRESS);
        assert!(matches!(open(json, "wrong"), Err(KeystoreError::WrongPassword)));
    }
}

#[test]
fn a_key_without_its_leading_zeros_is_the_same_key() {
    let json = include_str!("../keystores/short_key.json");
    assert_eq!(open(json, "short").unwrap(), "0x8449FA35036419BE6A9d55005d4Fd1D2077C2Ee8");
}

#[test]
fn key_file_without_id_or_behind_byte_order_mark_opens() {
    let json = include_str!("../keystores/hetucli.json");
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(json).unwrap();
    assert!(members.remove("id").is_some());
    let without_id = format!("\u{feff}{}", serde_json::to_string(&members).unwrap());
    assert_eq!(open(&without_id, "correct horse battery staple").unwrap(), ADDRESS);
    let again = Keystore::parse(&without_id).unwrap().to_json();
    assert!(!again.contains("\"id\""), "{again}");
    assert_eq!(open(&again, "correct horse battery staple").unwrap(), ADDRESS);
}
