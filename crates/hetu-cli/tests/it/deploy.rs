//! Tests of `hetu network deploy` on a chain without contracts.

use std::fs;

use hetu::Amount;
use hetu_devnet::Devnet;
use tokio::runtime::Runtime;

use crate::documented::assert_documented;
use crate::run::{Ended, Home, USAGE};

const PASSWORD: &str = "right";

/// Starts a chain without contracts, and creates a funded wallet on it.
fn scene() -> (Runtime, Devnet, Home) {
    let runtime = Runtime::new().unwrap();
    let home = Home::new();
    let created = run(&home, &["wallet", "create", "deployer", "--json"]);
    let deployer = serde_json::from_value(created.json()["address"].clone()).unwrap();
    let devnet = runtime.block_on(async {
        let devnet = Devnet::builder().with_contracts(false).start().await.unwrap();
        let bank = hetu::Hetutensor::connect_without_contracts(devnet.network()).await.unwrap();
        let bank = bank.with_wallet(devnet.accounts()[5].wallet.clone());
        bank.tokens().transfer(deployer, Amount::from_hetu(100)).await.unwrap();
        devnet
    });
    let file = format!(
        "name = \"mynet\"\nchain_id = 31337\nendpoint = \"{}\"\n\
         [roles]\ngovernor = \"{}\"\n",
        devnet.http_url(),
        devnet.accounts()[6].address
    );
    fs::write(home.path().join("plan.toml"), file).unwrap();
    (runtime, devnet, home)
}

fn run(home: &Home, arguments: &[&str]) -> Ended {
    let mut command = home.command(arguments);
    command.current_dir(home.path()).env("HETU_PASSWORD", PASSWORD);
    command.output().unwrap().into()
}

#[test]
fn a_network_is_deployed_added_and_found_right() {
    let (_runtime, _devnet, home) = scene();
    let deploy = ["network", "deploy", "plan.toml", "--yes", "--json"];
    let deployed = run(&home, &deploy);
    assert_eq!(deployed.code, Some(0), "{}", deployed.stderr);
    assert_eq!(steps_of(&deployed), 16);

    let added = run(&home, &["network", "add", "mynet.toml"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let at_mynet = |command| run(&home, &["network", command, "--network", "mynet", "--json"]);
    let checked = at_mynet("check").json();
    assert_documented("hetu network check", &checked);
    assert_eq!((&checked["subnets"], &checked["contracts"]), (&0.into(), &"complete".into()));
    let shown = at_mynet("show").json();
    assert_documented("hetu network show", &shown);
    assert_eq!(shown["contracts"], deployed.json()["contracts"]);
    assert_documented("hetu network list", &at_mynet("list").json());

    let first_nonce = deployed.json()["first_nonce"].to_string();
    let again = run(&home, &[&deploy[..], &["--first-nonce", &first_nonce]].concat());
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(again.json()["contracts"], deployed.json()["contracts"]);
    assert_eq!(steps_of(&again), 0, "everything was done already: {}", again.stderr);

    run(&home, &["network", "add", "mynet.toml"]).assert_failed(1, "already");
}

#[test]
fn a_dry_run_shows_the_steps_and_deploys_nothing() {
    let (_runtime, devnet, home) = scene();
    let before = devnet.block_number();
    let plan = run(&home, &["network", "deploy", "plan.toml", "--dry-run", "--json"]).json();
    assert_eq!(plan["steps"].as_array().unwrap().len(), 16);
    assert!(plan["contracts"]["whetu"].is_string());
    run(&home, &["network", "deploy", "plan.toml"]).assert_failed(USAGE, "--yes");
    assert_eq!(devnet.block_number(), before);
    assert!(!home.path().join("mynet.toml").exists());
}

/// Returns the number of steps of a deployment, without the decryption of the key.
fn steps_of(ended: &Ended) -> usize {
    let done = ended.stderr.lines().filter(|line| line.starts_with('✔'));
    done.filter(|line| !line.contains("signing")).count()
}

#[test]
fn a_file_with_a_mistake_deploys_nothing() {
    let (runtime, devnet, home) = scene();
    fs::write(home.path().join("plan.toml"), "nam = \"mynet\"").unwrap();
    let before = devnet.block_number();
    let ended = run(&home, &["network", "deploy", "plan.toml", "--wallet", "deployer", "--yes"]);
    ended.assert_failed(USAGE, "nam");
    assert_eq!(devnet.block_number(), before);
    drop(runtime);
}
