//! Changes of several transactions that are refused before the first of them is sent.

use hetu::{Address, Amount, NetUid};
use hetu_devnet::{Devnet, DevnetBuilder};

use crate::run::CHAIN;
use crate::scene::Scene;

const CREATE: [&str; 7] =
    ["subnet", "create", "Products", "--token-name", "Product", "--token-symbol", "PRO"];

/// Starts a subnet of account 1 and creates the wallet `me` of account 2. The contracts may be the
/// published ones.
fn scene(devnet: DevnetBuilder, is_active: bool) -> (Scene, String) {
    let scene = Scene::of(devnet);
    let netuid = match is_active {
        true => scene.open_subnet(),
        false => scene.register_subnet(),
    };
    scene.keep("me", 2);
    std::fs::write(scene.home.path().join("networks.toml"), scene.devnet.network().to_toml())
        .unwrap();
    (scene, netuid.to_string())
}

impl Scene {
    /// Registers a subnet of account 1 that is not open yet.
    fn register_subnet(&self) -> NetUid {
        let owner = self.hetu(1);
        let subnet = hetu::chain::model::NewSubnet {
            name: "Sums".into(),
            description: String::new(),
            token_name: "Sum".into(),
            token_symbol: "SUM".into(),
        };
        let limit = Amount::from_hetu(1_000);
        self.runtime
            .block_on(async { owner.subnets().register(&subnet, limit).await.unwrap().netuid })
    }

    /// Asserts that the command and its dry run are refused for this reason, and send no
    /// transaction.
    fn assert_sends_nothing(&self, account: Address, arguments: &[&str], reason: &str) {
        let before = self.transactions_of(account);
        for consent in ["--dry-run", "--yes"] {
            let ended = self.run(&[arguments, &[consent]].concat());
            ended.assert_failed(CHAIN, reason);
            assert_eq!(self.transactions_of(account), before, "{consent}: {}", ended.stderr);
        }
    }
}

#[test]
fn second_subnet_within_the_rate_limit_sends_nothing() {
    for published in [false, true] {
        let (scene, _) = scene(Devnet::builder().published_interface(published), true);
        let me = scene.address(2);
        scene.assert_sends_nothing(me, &CREATE, "RATE_LIMIT_EXCEEDED");
        assert_eq!(scene.read(&["token", "balance"])["whetu"], "0");
    }
}

#[test]
fn sale_of_more_alpha_than_is_held_sends_nothing() {
    let (scene, netuid) = scene(Devnet::builder(), true);
    scene.change(&["amm", "swap", &netuid, "buy", "5", "--slippage", "1"]);
    let sell = ["amm", "swap", &netuid, "sell", "500", "--slippage", "5"];
    scene.assert_sends_nothing(scene.address(2), &sell, "ERC20InsufficientBalance");
}

#[test]
fn registration_in_an_inactive_subnet_sends_nothing() {
    for published in [false, true] {
        let (scene, netuid) = scene(Devnet::builder().published_interface(published), false);
        let register = ["dendron", "register", &netuid, "--role", "miner"];
        let register = [&register[..], &["--endpoint", "127.0.0.1:8091"]].concat();
        scene.assert_sends_nothing(scene.address(2), &register, "SUBNET_NOT_ACTIVE");
        assert_eq!(scene.read(&["stake", "show"])["total"], "0");
    }
}

#[test]
fn miner_of_an_inactive_subnet_sends_nothing() {
    let (scene, netuid) = scene(Devnet::builder().published_interface(true), false);
    let serve = ["xylem", "serve", &netuid, "--bind", "127.0.0.1:0"];
    scene.assert_sends_nothing(scene.address(2), &serve, "SUBNET_NOT_ACTIVE");
}

#[test]
fn stake_of_more_than_is_held_sends_nothing() {
    let (scene, _) = scene(Devnet::builder(), true);
    let add = ["stake", "add", "1000001"];
    scene.assert_sends_nothing(scene.address(2), &add, "holds 1000000 HETU");
}

#[test]
fn change_that_is_refused_midway_lists_what_it_left_and_how_to_undo_it() {
    let (scene, netuid) = scene(Devnet::builder(), true);
    let me = scene.address(2);
    scene.runtime.block_on(scene.devnet.set_mining(hetu_devnet::Mining::Manual));
    let register = ["dendron", "register", &netuid, "--role", "validator", "--yes"];
    let child = scene.start(&register);
    // Deposit, approve and stake get a block each; the subnet closes together with the stake.
    for count in 1..=3 {
        while scene.transactions_of(me) < count {}
        if count == 3 {
            scene.close_registrations(&netuid);
        }
        scene.mine(1);
    }
    let ended = crate::run::Ended::from(child.wait_with_output().unwrap());
    ended.assert_failed(CHAIN, "RegistrationClosed");
    assert!(ended.stderr.contains("501 HETU are staked"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hetu stake remove 501"), "{}", ended.stderr);
    scene.runtime.block_on(scene.devnet.set_mining(hetu_devnet::Mining::Instant));
    scene.change(&["stake", "remove", "501"]);
}

impl Scene {
    fn close_registrations(&self, netuid: &str) {
        let owner = self.hetu(1);
        let netuid: NetUid = netuid.parse::<u16>().unwrap().into();
        self.runtime.block_on(async {
            let changes = hetu::chain::model::HyperparameterChanges {
                registration_allowed: Some(false),
                ..Default::default()
            };
            let call = owner.subnets().change_hyperparameters(netuid, &changes).await.unwrap();
            call.send().await.unwrap();
        });
    }
}
