//! Tests of `hetu wallet`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::run::{Ended, Home, NOT_FOUND, USAGE};

fn run_with(home: &Home, arguments: &[&str], password: &str, input: &str) -> Ended {
    let mut child = home
        .command(arguments)
        .env("HETU_PASSWORD", password)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_created_wallet_opens_with_its_password_alone() {
    let home = Home::new();
    let created = run_with(&home, &["wallet", "create", "miner", "--json"], "right", "");
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let unlocked = run_with(&home, &["wallet", "unlock", "miner", "--json"], "right", "");
    assert_eq!(unlocked.json(), created.json());
    let shown = home.run(&["wallet", "show", "miner", "--json"]).json();
    assert_eq!(home.run(&["wallet", "list", "--json"]).json(), json!([shown]));
    assert_eq!(shown["address"], created.json()["address"]);
    assert_eq!(shown["file"], json!(home.path().join("wallets/miner.json")));
    let for_people = home.run(&["wallet", "list"]);
    assert!(for_people.stdout.contains(shown["address"].as_str().unwrap()));

    run_with(&home, &["wallet", "unlock", "miner"], "wrong", "").assert_failed(1, "wrong password");
    let again = run_with(&home, &["wallet", "create", "miner"], "right", "");
    again.assert_failed(1, "exists already");
}

#[test]
fn keys_and_phrases_are_imported_from_standard_input() {
    let home = Home::new();
    let phrase = "test test test test test test test test test test test junk";
    let arguments = ["wallet", "import", "second", "--index", "1", "--json"];
    let imported = run_with(&home, &arguments, "right", phrase);
    assert_eq!(imported.json()["address"], "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    let key = format!("0x{:064x}\n", 1);
    let imported = run_with(&home, &["wallet", "import", "one", "--json"], "right", &key);
    assert_eq!(imported.json()["address"], "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");

    let wrong = run_with(&home, &["wallet", "import", "three"], "right", "test test junk");
    wrong.assert_failed(USAGE, "a seed phrase of 3 words");
    let mistyped = phrase.replace("junk", "junck");
    let wrong = run_with(&home, &["wallet", "import", "three"], "right", &mistyped);
    wrong.assert_failed(USAGE, "word 12");
    assert!(!wrong.stderr.contains("junck"), "{}", wrong.stderr);
}

#[test]
fn a_password_can_come_from_a_file() {
    let home = Home::new();
    let file = home.path().join("password");
    fs::write(&file, "from the file\nnot this line\n").unwrap();
    let file = file.to_str().unwrap();
    let created = home.run(&["wallet", "create", "miner", "--password-file", file]);
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let unlocked = run_with(&home, &["wallet", "unlock", "miner"], "from the file", "");
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
}

#[test]
fn names_that_are_missing_or_no_names_are_told_apart() {
    let home = Home::new();
    run_with(&home, &["wallet", "unlock", "nobody"], "x", "").assert_failed(NOT_FOUND, "nobody");
    run_with(&home, &["wallet", "create", "../x"], "x", "").assert_failed(USAGE, "../x");
}

const PHRASE: &str = "test test test test test test test test test test test junk";

fn import(home: &Home, name: &str, options: &[&str], input: &str) -> Ended {
    let arguments = [&["wallet", "import", name, "--json"], options].concat();
    run_with(home, &arguments, "right", input)
}

#[test]
fn phrases_have_paths_and_passphrases() {
    let home = Home::new();
    let path = ["--derivation-path", "m/44'/60'/7'/0/3"];
    let imported = import(&home, "path", &path, PHRASE);
    assert_eq!(imported.json()["address"], "0xa7e65F9aAb1b22ae918ec5e66Af94f2b1a35aB49");
    let with_passphrase = format!("{PHRASE}\nTREZOR\n");
    let imported = import(&home, "passphrase", &["--passphrase"], &with_passphrase);
    assert_eq!(imported.json()["address"], "0x9313778B3753108128B9c476EBDd42FbD566F4Ed");

    let wrong = import(&home, "wrong", &["--derivation-path", "44/60"], PHRASE);
    wrong.assert_failed(USAGE, "not a derivation path");
    let key = format!("{:064x}", 1);
    import(&home, "wrong", &["--index", "1"], &key).assert_failed(USAGE, "for a phrase");
    assert_eq!(home.run(&["wallet", "list", "--json"]).json().as_array().unwrap().len(), 2);
}

#[test]
fn key_files_of_others_are_imported_with_their_password() {
    let home = Home::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keystores/hetucli.json");
    let arguments = ["wallet", "import", "alice", "--json", "--keystore", file.to_str().unwrap()];
    run_with(&home, &arguments, "wrong", "").assert_failed(1, "wrong password");
    let imported = run_with(&home, &arguments, "correct horse battery staple", "");
    assert_eq!(imported.json()["address"], "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
    let arguments = ["wallet", "unlock", "alice"];
    let unlocked = run_with(&home, &arguments, "correct horse battery staple", "");
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
}

#[test]
fn the_wallets_of_hetucli_are_imported_and_what_is_skipped_is_named() {
    let home = Home::new();
    let theirs = home.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    let keystore = include_str!("../keystores/hetucli.json");
    fs::write(theirs.join("alice.json"), keystore).unwrap();
    fs::write(theirs.join("my wallet.json"), keystore).unwrap();
    let arguments = ["wallet", "import", "--json", "--from-hetucli", theirs.to_str().unwrap()];
    let imported = home.run(&arguments);
    imported.assert_failed(1, "1 files were skipped");
    let result = imported.json();
    assert_eq!(result["imported"][0]["name"], "alice");
    assert_eq!(result["imported"].as_array().unwrap().len(), 1);
    assert!(result["skipped"][0]["file"].as_str().unwrap().ends_with("my wallet.json"));
    assert!(result["skipped"][0]["reason"].as_str().unwrap().contains("not a wallet name"));

    let unlocked =
        run_with(&home, &["wallet", "unlock", "alice"], "correct horse battery staple", "");
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
    let again = home.run(&arguments).json();
    assert!(again["skipped"][0]["reason"].as_str().unwrap().contains("exists already"));
    let ours = fs::read_dir(home.path().join("wallets")).unwrap().count();
    assert_eq!(ours, 1);
}

#[test]
fn a_wallet_is_exported_encrypted_or_as_its_key_but_never_by_accident() {
    let home = Home::new();
    let key = format!("0x{:064x}", 1);
    import(&home, "one", &[], &key);
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let export = |options: &[&str]| {
        run_with(&home, &[&["wallet", "export", "one"], options].concat(), "right", "")
    };

    let encrypted = path("encrypted.json");
    assert_eq!(export(&["--out", &encrypted]).code, Some(0));
    assert_is_private(&encrypted);
    let arguments = ["wallet", "import", "copy", "--keystore", &encrypted, "--json"];
    let copied = run_with(&home, &arguments, "right", "");
    assert_eq!(copied.json()["address"], "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");

    let plain = path("plain.key");
    let unconfirmed = export(&["--secret-key", "--out", &plain]);
    unconfirmed.assert_failed(USAGE, "nobody to ask");
    assert!(!Path::new(&plain).exists());
    let exported = export(&["--secret-key", "--yes", "--out", &plain]);
    assert!(!exported.stdout.contains("000001") && !exported.stderr.contains("000001"));
    assert_eq!(fs::read_to_string(&plain).unwrap().trim(), key);
    assert_is_private(&plain);
    export(&["--secret-key", "--yes", "--out", &plain]).assert_failed(1, "exists already");

    export(&["--secret-key", "--yes"]).assert_failed(USAGE, "--out");
    assert_eq!(export(&["--secret-key", "--yes", "--print"]).stdout.trim(), key);
    export(&["--print"]).assert_failed(USAGE, "--secret-key");
    export(&[]).assert_failed(USAGE, "--out");
}

#[cfg(unix)]
fn assert_is_private(path: &str) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
}

#[cfg(not(unix))]
fn assert_is_private(_: &str) {}

#[test]
fn messages_are_signed_and_their_signers_told() {
    let home = Home::new();
    import(&home, "one", &[], &format!("{:064x}", 1));
    let one = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    let sign = |options: &[&str], input: &str| {
        run_with(&home, &[&["wallet", "sign", "one"], options].concat(), "right", input)
    };
    // The library eth_account calculated this signature.
    let signature = "0xe5ddc160e4c8f92de507c7db9b982d4f9b7197bfa421864aeadc586bc96b09ae\
        0ba0c5b131650ae4994cff1839341d00f3735ef5abc62ac8fe2cf50f65208e2a1b";
    let file = home.path().join("message");
    fs::write(&file, "hello").unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(sign(&["--message", "hello"], "").stdout.trim(), signature);
    assert_eq!(sign(&["--message-file", file], "").stdout.trim(), signature);
    assert_eq!(sign(&[], "hello").stdout.trim(), signature);
    let signed = sign(&["--message", "hello", "--json"], "").json();
    assert_eq!(signed, json!({ "address": one, "signature": signature }));
    run_with(&home, &["wallet", "sign", "one", "--message", "x"], "wrong", "")
        .assert_failed(1, "wrong password");

    let verify = |options: &[&str]| home.run(&[&["wallet", "verify"], options].concat());
    let verified = verify(&[signature, "--message", "hello", "--address", one, "--json"]);
    assert_eq!(verified.json(), json!({ "address": one }));
    let zero = "0x0000000000000000000000000000000000000000";
    verify(&[signature, "--message", "hello", "--address", zero]).assert_failed(1, one);
    let changed = verify(&[signature, "--message", "hello!", "--address", one]);
    assert_eq!(changed.code, Some(1), "{}", changed.stderr);
    verify(&["0x1234", "--message", "hello"]).assert_failed(USAGE, "65 bytes");
}

#[test]
fn an_empty_password_protects_nothing_and_is_refused() {
    let home = Home::new();
    run_with(&home, &["wallet", "create", "miner"], "", "").assert_failed(USAGE, "is empty");
    assert_eq!(home.run(&["wallet", "list", "--json"]).json(), json!([]));
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_not_opened() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    run_with(&home, &["wallet", "create", "miner"], "right", "");
    let file = home.path().join("wallets/miner.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run_with(&home, &["wallet", "unlock", "miner"], "right", "");
    refused.assert_failed(1, "is open to others (mode 644)");
}
