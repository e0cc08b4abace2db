//! `hetu localnet`, and what can be asked of it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use crate::run::{CHAIN, Home, NOT_FOUND};

struct Localnet {
    child: Child,
    url: String,
}

impl Localnet {
    /// Starts on a free port and returns when the subnet is open.
    fn start(home: &Home) -> Self {
        let mut child = home
            .command(&["localnet", "--silent", "--port", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let open = said.find(|line| line.as_ref().unwrap().contains("is open")).unwrap().unwrap();
        let url = open.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        let url = url.trim_end_matches(';').to_owned();
        Self { child, url }
    }
}

impl Drop for Localnet {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn the_local_network_has_a_subnet_to_join() {
    let home = Home::new();
    let localnet = Localnet::start(&home);
    let run = |arguments: &[&str]| {
        let output = home.command(arguments).env("HETU_RPC_URL", &localnet.url).output().unwrap();
        crate::run::Ended::from(output)
    };

    let checked = run(&["network", "check", "--json"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert_eq!(checked.json()["subnets"], 1);

    let shown = run(&["subnet", "show", "1", "--json"]);
    assert_eq!(shown.json()["subnet"]["is_active"], true);
    let table = run(&["subnet", "show", "1"]);
    assert!(table.stdout.contains("a validator 500 HETU"), "{}", table.stdout);

    run(&["subnet", "show", "7"]).assert_failed(NOT_FOUND, "there is no subnet 7");
}

#[test]
fn a_node_of_another_chain_is_refused() {
    let home = Home::new();
    let localnet = Localnet::start(&home);
    let networks = format!(
        r#"
        [networks.other]
        chain_id = 560000
        endpoints = ["{}"]
        [networks.other.contracts]
        whetu = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
        global_staking = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
        amm_factory = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
        subnet_manager = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
        dendron_manager = "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9"
        weights = "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
        "#,
        localnet.url
    );
    std::fs::write(home.path().join("networks.toml"), networks).unwrap();
    home.run(&["network", "check", "--network", "other"]).assert_failed(CHAIN, "on chain 31337");
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = Home::new().run(&["localnet", "--port", &port]);
    ended.assert_failed(1, "in use");
    assert!(ended.stderr.contains(&port), "{}", ended.stderr);
}
