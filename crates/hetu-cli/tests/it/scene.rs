//! A chain in this process, and a home with funded wallets.

use std::process::{Child, Command, Stdio};

use hetu::chain::keystore::{KeystoreFolder, ScryptCost};
use hetu::chain::model::{RawEndpoint, Registration};
use hetu::{Address, Amount, Hetutensor, NetUid, Wallet};
use hetu_devnet::{Devnet, DevnetBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::run::{Ended, Home};

pub(crate) const PASSWORD: &str = "right";

pub(crate) struct Scene {
    pub(crate) runtime: Runtime,
    pub(crate) devnet: Devnet,
    pub(crate) home: Home,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(Devnet::builder())
    }

    pub(crate) fn of(devnet: DevnetBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let devnet = runtime.block_on(devnet.start()).unwrap();
        Self { runtime, devnet, home: Home::new() }
    }

    /// Starts a chain with a subnet of account 1 that accepts dendrons, and the wallet `me` of
    /// account 2.
    pub(crate) fn with_subnet() -> (Self, NetUid) {
        let scene = Self::new();
        let netuid = scene.open_subnet();
        scene.keep("me", 2);
        (scene, netuid)
    }

    pub(crate) fn open_subnet(&self) -> NetUid {
        let owner = self.hetu(1);
        self.runtime.block_on(self.devnet.open_subnet(&owner)).unwrap()
    }

    /// Stores a wallet of a funded account in the home.
    pub(crate) fn keep(&self, name: &str, account: usize) -> Address {
        let account = &self.devnet.accounts()[account];
        self.keep_wallet(name, &account.wallet);
        account.address
    }

    pub(crate) fn keep_wallet(&self, name: &str, wallet: &Wallet) {
        let folder = KeystoreFolder::open(self.home.path().join("wallets")).unwrap();
        let name = name.parse().unwrap();
        folder.create(&name, wallet, &PASSWORD.into(), ScryptCost::LIGHT).unwrap();
    }

    pub(crate) fn hetu(&self, account: usize) -> Hetutensor {
        self.runtime.block_on(self.devnet.connect_as(account)).unwrap()
    }

    pub(crate) fn address(&self, account: usize) -> Address {
        self.devnet.accounts()[account].address
    }

    pub(crate) fn register(&self, account: usize, registration: &Registration) {
        let hetu = self.hetu(account);
        self.runtime.block_on(hetu.dendrons().ensure(registration)).unwrap();
    }

    pub(crate) fn register_miner(&self, account: usize, netuid: NetUid) -> Address {
        let endpoint = RawEndpoint::new("127.0.0.1", 8091);
        self.register(account, &Registration::miner(netuid, Amount::from_hetu(200), endpoint));
        self.address(account)
    }

    pub(crate) fn register_validator(&self, account: usize, netuid: NetUid) -> Address {
        self.register(account, &Registration::validator(netuid, Amount::from_hetu(500)));
        self.address(account)
    }

    pub(crate) fn mine(&self, blocks: u64) -> u64 {
        self.runtime.block_on(self.devnet.mine(blocks))
    }

    pub(crate) fn transactions_of(&self, account: Address) -> u64 {
        let hetu = self.hetu(0);
        self.runtime.block_on(hetu.transactions().count(account)).unwrap()
    }

    /// Returns the command with the right password, on this chain.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.env("HETU_RPC_URL", self.devnet.http_url()).env("HETU_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Returns the JSON output of a command that reads.
    pub(crate) fn read(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.json()
    }

    /// Returns the JSON output of a command that changes the chain without a confirmation.
    pub(crate) fn change(&self, arguments: &[&str]) -> Value {
        self.read(&[arguments, &["--yes"]].concat())
    }

    /// Returns the member `result` of such a change.
    pub(crate) fn outcome(&self, arguments: &[&str]) -> Value {
        self.change(arguments)["result"].take()
    }
}
