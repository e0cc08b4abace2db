//! Text with a byte order mark or in another encoding, at every text input.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use hetu::chain::network::{Networks, presets};

use crate::run::{Ended, Home, USAGE};
use crate::scene::{PASSWORD, Scene};

const MARK: &str = "\u{feff}";
const PHRASE: &str = "test test test test test test test test test test test junk";
const SECOND: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

fn file(home: &Home, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = home.path().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn run_reading(home: &Home, arguments: &[&str], input: &str) -> Ended {
    let mut command = home.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("HETU_PASSWORD", format!("{MARK}right")).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

fn utf_16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn wallet_input_with_byte_order_mark_is_read_as_without() {
    let home = Home::new();
    let import = ["wallet", "import", "second", "--index", "1", "--json"];
    let imported = run_reading(&home, &import, &format!("{MARK}{PHRASE}\n"));
    assert_eq!(imported.json()["address"], SECOND, "{}", imported.stderr);
    let key = format!("{MARK}0x{:064x}\n", 1);
    let imported = run_reading(&home, &["wallet", "import", "one", "--json"], &key);
    assert_eq!(imported.json()["address"], "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");

    // The mark is removed from the password of the environment, and from that of a file too.
    let password = file(&home, "password", format!("{MARK}right\r\n"));
    let unlock = ["wallet", "unlock", "second", "--password-file", &password];
    let unlocked = home.run(&unlock);
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
    let show = ["token", "balance", &format!("{MARK}0x1234")];
    home.run(&show).assert_failed(USAGE, "not an address");
}

// The value n = 2^18 with r = 1 is outside RFC 7914, which the scrypt crate follows.
#[test]
fn key_file_of_early_eth_account_is_imported_with_its_password_file() {
    let home = Home::new();
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/../hetu-chain/tests/keystores");
    let keystore = format!(
        "{MARK}{}",
        include_str!("../../../hetu-chain/tests/keystores/early_eth_account.json")
    );
    let keystore = file(&home, "early.json", keystore);
    let password = format!("{tests}/password_with_mark.txt");
    let import = ["wallet", "import", "early", "--keystore", &keystore, "--json"];
    let imported = home.run(&[&import[..], &["--password-file", &password]].concat());
    let address = imported.json()["address"].as_str().unwrap().to_lowercase();
    assert_eq!(address, "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a");
}

#[test]
fn configuration_with_byte_order_mark_is_read_as_without() {
    let home = Home::new();
    let named = |name: &str| {
        presets::local().to_toml().replace("networks.local", &format!("networks.{name}"))
    };
    file(&home, "networks.toml", format!("{MARK}{}", named("first")));
    let more = file(&home, "more.toml", format!("{MARK}{}", named("second")));
    let added = home.run(&["network", "add", &more]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    for name in ["first", "second"] {
        assert!(Networks::load(home.path()).unwrap().get(name).is_ok(), "{name}");
    }
    let addresses = serde_json::to_string(&presets::local().contracts).unwrap();
    let addresses = file(&home, "addresses.json", format!("{MARK}{addresses}"));
    let add = ["network", "add", "--addresses", &addresses, "--name", "third", "--unchecked"];
    let add = [&add[..], &["--rpc", "http://127.0.0.1:1", "--chain-id", "7"]].concat();
    let added = home.run(&add);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
}

#[test]
fn weights_policy_and_request_with_byte_order_mark_are_read_as_without() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(2, netuid);
    let miner = scene.register_miner(3, netuid);
    let weights = file(&scene.home, "weights.json", format!("{MARK}{{\"{miner}\": 10}}"));
    let set = scene.run(&["weights", "set", "1", "--file", &weights, "--dry-run"]);
    assert_eq!(set.code, Some(0), "{}", set.stderr);
    let request = file(&scene.home, "request.json", format!("{MARK}{{\"x\": 1}}"));
    let request = format!("@{request}");
    let query = scene.run(&["phloem", "query", "1", "MathSum", &request, "--route"]);
    assert!(!query.stderr.contains("request.json"), "{}", query.stderr);

    let policy = file(&scene.home, "policy.toml", format!("{MARK}serve = \"anyone\"\n"));
    let serve = ["xylem", "serve", "1", "--bind", "127.0.0.1:0", "--dry-run", "--policy", &policy];
    scene.keep("other", 4);
    let served = scene.run(&[&serve[..], &["--wallet", "other"]].concat());
    assert_eq!(served.code, Some(0), "{}", served.stderr);
}

#[test]
fn text_in_utf_16_is_refused_by_name() {
    let home = Home::new();
    let password = file(&home, "password", utf_16(PASSWORD));
    let create = ["wallet", "create", "miner", "--password-file", &password];
    home.run(&create).assert_failed(1, "UTF-16");
    file(&home, "networks.toml", utf_16("# mine"));
    home.run(&["network", "list"]).assert_failed(1, "UTF-16");
}
