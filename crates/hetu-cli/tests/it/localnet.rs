//! Tests of `hetu localnet` and of the requests that it serves.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hetu::chain::model::TransactionReceipt;
use hetu::chain::rpc::BlockRef;
use hetu::{Amount, Hetutensor, NetUid, Networks, Wallet};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::run::{CHAIN, Ended, Home, NOT_FOUND, USAGE};

/// Much longer than a block takes here.
const NODE_LOSS_LIMIT: Duration = Duration::from_secs(5);
const FIRST: NetUid = NetUid::new(1);

struct Localnet {
    child: Child,
    /// The report on standard output.
    report: Value,
    /// The pipe of standard output, kept open so that writes succeed.
    _stdout: ChildStdout,
}

impl Localnet {
    /// Starts on a free port and returns when the subnet is open.
    fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::of(home.command(&[&["localnet", "--json", "--port", "0"], arguments].concat()))
    }

    /// Starts with a limit of `kib` KiB for the size of each file.
    #[cfg(unix)]
    fn start_with_little_space(home: &Home, kib: u32, arguments: &[&str]) -> Self {
        let free = home.command(&[&["localnet", "--json", "--port", "0"], arguments].concat());
        let script = format!(r#"trap '' XFSZ; ulimit -f {kib}; exec "$0" "$@""#);
        let mut bounded = Command::new("bash");
        bounded.arg("-c").arg(script).arg(free.get_program()).args(free.get_args());
        bounded.env("HETU_HOME", home.path()).env_remove("HETU_RPC_URL");
        Self::of(bounded)
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut said = serde_json::Deserializer::from_reader(&mut stdout).into_iter();
        let report = said.next().expect("the localnet should have started").unwrap();
        Self { child, report, _stdout: stdout }
    }

    fn url(&self) -> &str {
        self.report["url"].as_str().unwrap()
    }

    /// Sends a termination signal and waits for the exit.
    #[cfg(unix)]
    fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.child.wait().unwrap()
    }

    /// Kills the process without a shutdown.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns a client that uses one of its accounts.
    async fn connect_as(&self, home: &Home, account: usize) -> Hetutensor {
        let key = self.report["accounts"][account]["secret_key"].as_str().unwrap();
        let key: [u8; 32] = hex::decode(&key[2..]).unwrap().try_into().unwrap();
        let network = Networks::load(home.path()).unwrap().get("local").unwrap();
        let network = network.at_endpoint(self.url().parse().unwrap());
        let wallet = Wallet::from_secret_bytes(&key).unwrap();
        Hetutensor::connect(network).await.unwrap().with_wallet(wallet)
    }
}

impl Drop for Localnet {
    fn drop(&mut self) {
        // The kill fails only if the process has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_local_network_has_a_subnet_to_join() {
    let home = Home::new();
    let _localnet = Localnet::start(&home, &[]);
    // The other commands find it at any port.
    let checked = home.run(&["network", "check", "--json"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert_eq!(checked.json()["subnets"], 1);

    let shown = home.run(&["subnet", "show", "1", "--json"]);
    assert_eq!(shown.json()["subnet"]["is_active"], true);
    let table = home.run(&["subnet", "show", "1"]);
    assert!(table.stdout.contains("validator_threshold"), "{}", table.stdout);

    home.run(&["subnet", "show", "7"]).assert_failed(NOT_FOUND, "there is no subnet 7");
}

#[test]
fn it_says_all_that_its_users_need() {
    let home = Home::new();
    let options = [
        "--chain-id",
        "4242",
        "--accounts",
        "2",
        "--balance",
        "5000",
        "--gas-limit",
        "40000000",
        "--base-fee",
        "7",
        "--history",
        "300",
        "--host",
        "127.0.0.1",
    ];
    let localnet = Localnet::start(&home, &options);
    let report = &localnet.report;
    assert_eq!(report["chain_id"], 4_242);
    assert_eq!(report["netuid"], 1);
    assert_eq!(report["gas_limit"], 40_000_000);
    assert!(report["base_fee"].as_u64().unwrap() <= 7);
    assert!(report["ws_url"].as_str().unwrap().starts_with("ws://127.0.0.1:"));
    assert!(report["mnemonic"].as_str().unwrap().ends_with("junk"));
    assert_eq!(report["contracts"]["whetu"], "0x5FbDB2315678afecb367f032d93F642f64180aa3");
    assert_eq!(report["state_folder"], Value::Null);
    let second = json!({
        "address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "secret_key": "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "derivation_path": "m/44'/60'/0'/0/1",
        "balance": "5000",
    });
    assert_eq!(report["accounts"], json!([report["accounts"][0], second]));
    let checked = home.run(&["network", "check", "--json"]);
    assert_eq!(checked.json()["chain_id"], 4_242, "{}", checked.stderr);
}

#[test]
fn people_read_it_in_tables() {
    let home = Home::new();
    let mut child = home
        .command(&["localnet", "--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    for line in std::io::BufRead::lines(stderr) {
        let line = line.unwrap();
        said.push_str(&line);
        said.push('\n');
        if line.contains("is open at http://127.0.0.1:") {
            break;
        }
    }
    child.kill().unwrap();
    assert!(child.wait_with_output().unwrap().stdout.is_empty());
    for part in ["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "m/44'/60'/0'/0/9", "test junk"] {
        assert!(said.contains(part), "{said}");
    }
    for part in ["SubnetManager", "31337", "gas limit", "base fee", "websocket", "memory"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_killed_chain_goes_on_with_everything_that_it_had_confirmed() {
    let (home, runtime) = (Home::new(), Runtime::new().unwrap());
    let folder = home.path().join("chain");
    let arguments = ["--on-demand", "--state", folder.to_str().unwrap()];
    let localnet = Localnet::start(&home, &arguments);
    let report = localnet.report.clone();
    let receiver = Wallet::random().address();
    let confirmed = runtime.block_on(async {
        let mut streams = JoinSet::new();
        let some = Arc::new(AtomicUsize::new(0));
        for account in 1..=4 {
            let sender = localnet.connect_as(&home, account).await;
            streams.spawn(send_until_it_fails(sender, receiver, Arc::clone(&some)));
        }
        while some.load(Ordering::Acquire) < 60 {
            tokio::task::yield_now().await;
        }
        localnet.kill();
        streams.join_all().await.concat()
    });
    assert!(confirmed.len() >= 60);

    let again = Localnet::start(&home, &arguments);
    runtime.block_on(async {
        let hetu = again.connect_as(&home, 1).await;
        for receipt in &confirmed {
            let block = hetu.at(BlockRef::Number(receipt.block.number)).block().await.unwrap();
            assert_eq!(block.id, receipt.block);
        }
        // An unanswered transaction may or may not have been mined.
        let received = hetu.tokens().balance(receiver).await.unwrap().to_wei().unwrap();
        let (least, most) = (confirmed.len() as u128, confirmed.len() as u128 + 4);
        assert!((least..=most).contains(&received), "{received} of {least} to {most}");

        assert_eq!(hetu.subnets().count().await.unwrap(), 1);
        assert!(hetu.subnets().info(FIRST).await.unwrap().is_active);
        let wrapped = hetu.tokens().wrap(Amount::from_hetu(3)).await.unwrap();
        assert!(wrapped.block.number > confirmed.iter().map(|r| r.block.number).max().unwrap());
        let held = hetu.tokens().wrapped_balance(hetu.address().unwrap()).await.unwrap();
        assert_eq!(held, Amount::from_hetu(3));
    });
    for unchanged in ["chain_id", "contracts", "netuid", "mnemonic", "state_folder"] {
        assert_eq!(again.report[unchanged], report[unchanged], "{unchanged}");
    }
}

async fn send_until_it_fails(
    sender: Hetutensor,
    receiver: hetu::Address,
    count: Arc<AtomicUsize>,
) -> Vec<TransactionReceipt> {
    let mut confirmed = Vec::new();
    // A client waits for a transaction after its node is gone, because the node may come back.
    let transfer =
        || sender.tokens().transfer(receiver, Amount::from_wei(1)).deadline(NODE_LOSS_LIMIT);
    while let Ok(receipt) = transfer().await {
        confirmed.push(receipt);
        count.fetch_add(1, Ordering::AcqRel);
    }
    confirmed
}

#[cfg(unix)]
#[test]
fn what_cannot_be_saved_is_refused_and_nothing_is_lost() {
    let (home, runtime) = (Home::new(), Runtime::new().unwrap());
    let folder = home.path().join("chain");
    let arguments = ["--on-demand", "--state", folder.to_str().unwrap()];
    let localnet = Localnet::start_with_little_space(&home, 4_096, &arguments);
    let confirmed = runtime.block_on(async {
        let hetu = localnet.connect_as(&home, 1).await;
        let receiver = Wallet::random().address();
        let mut confirmed: Vec<TransactionReceipt> = Vec::new();
        let refusal = loop {
            let data = vec![0; 100_000];
            match hetu.transactions().call(receiver, "keep", data, Amount::ZERO).await {
                Ok(receipt) => confirmed.push(receipt),
                Err(refusal) => break refusal,
            }
        };
        assert!(refusal.to_string().contains("cannot be saved"), "{refusal}");
        let head = hetu.block().await.unwrap().id;
        assert_eq!(head, confirmed.last().unwrap().block);
        confirmed
    });
    localnet.kill();
    let again = Localnet::start(&home, &arguments);
    runtime.block_on(async {
        let hetu = again.connect_as(&home, 1).await;
        let head = hetu.block().await.unwrap().id;
        assert_eq!(head, confirmed.last().unwrap().block);
        hetu.tokens().wrap(Amount::from_hetu(1)).await.unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_chain_that_was_asked_to_end_is_kept_and_no_longer_announced() {
    let (home, runtime) = (Home::new(), Runtime::new().unwrap());
    let folder = home.path().join("chain");
    let arguments = ["--on-demand", "--state", folder.to_str().unwrap(), "--chain-id", "777"];
    let localnet = Localnet::start(&home, &arguments);
    let subnet = home.run(&["subnet", "show", "1", "--json"]).json();
    runtime.block_on(async {
        let hetu = localnet.connect_as(&home, 2).await;
        hetu.tokens().wrap(Amount::from_hetu(3)).await.unwrap();
    });
    assert!(localnet.terminate().success());
    assert!(!home.path().join("localnet.toml").exists());

    // The options are stored with the chain.
    let again = Localnet::start(&home, &arguments[..3]);
    assert_eq!(again.report["chain_id"], 777);
    assert_eq!(again.report["netuid"], 1);
    assert_eq!(home.run(&["subnet", "show", "1", "--json"]).json()["subnet"], subnet["subnet"]);
    let other = ["localnet", "--port", "0", "--state", arguments[2]];
    home.run(&other).assert_failed(1, "is in use");
    assert!(again.terminate().success());
    let ended = home.run(&[&other[..], &["--chain-id", "778"]].concat());
    ended.assert_failed(USAGE, "has chain id 777, not 778");
}

#[test]
fn without_mining_blocks_come_when_they_are_asked_for() {
    let (home, runtime) = (Home::new(), Runtime::new().unwrap());
    let localnet = Localnet::start(&home, &["--no-mining"]);
    let before = localnet.report["block"].as_u64().unwrap();
    runtime.block_on(async {
        let hetu = localnet.connect_as(&home, 1).await;
        let sender = hetu.clone();
        let receiver = Wallet::random().address();
        let sent = tokio::spawn(async move {
            sender.tokens().transfer(receiver, Amount::from_wei(1)).await.unwrap()
        });
        while hetu.transactions().count(hetu.address().unwrap()).await.unwrap() == 0 {}
        assert_eq!(hetu.block().await.unwrap().id.number, before);
        assert!(!sent.is_finished());
        sent.abort();
    });
}

#[test]
fn blocks_come_each_second_without_transactions_and_epochs_are_short() {
    let home = Home::new();
    let localnet = Localnet::start(&home, &[]);
    let first = localnet.report["block"].as_u64().unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let hetu = localnet.connect_as(&home, 1).await;
        assert!(hetu.subnets().hyperparameters(FIRST).await.unwrap().tempo < 30);
        while hetu.block().await.unwrap().id.number < first + 2 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn second_localnet_is_reached_by_its_name_and_ends_alone() {
    let home = Home::new();
    let first = Localnet::start(&home, &[]);
    let second = Localnet::start(&home, &["--chain-id", "4242"]);
    let name = second.report["network"].as_str().unwrap().to_owned();
    assert!(name.starts_with("local-"), "{name}");
    let chain = |network: &str| {
        let checked = home.run(&["network", "check", "--json", "--network", network]);
        assert_eq!(checked.code, Some(0), "{}", checked.stderr);
        checked.json()["chain_id"].as_u64().unwrap()
    };
    assert_eq!((chain("local"), chain(&name)), (31_337, 4_242));
    #[cfg(unix)]
    {
        assert!(second.terminate().success());
        assert_eq!(chain("local"), 31_337);
        home.run(&["network", "check", "--network", &name]).assert_failed(NOT_FOUND, &name);
        assert!(first.terminate().success());
    }
}

#[test]
fn a_network_that_the_user_wrote_stays_the_users() {
    let home = Home::new();
    let written = "# mine\n[networks.local]\nchain_id = 5\nendpoints = [\"http://127.0.0.1:1\"]\n\
                   [networks.local.contracts]\n\
                   whetu = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"\n\
                   global_staking = \"0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512\"\n\
                   amm_factory = \"0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0\"\n\
                   subnet_manager = \"0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9\"\n\
                   dendron_manager = \"0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9\"\n\
                   weights = \"0x5FC8d32690cc91D4c39d9d3abcBD16989F875707\"\n";
    let file = home.path().join("networks.toml");
    fs::write(&file, written).unwrap();
    let _localnet = Localnet::start(&home, &[]);
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    let listed = home.run(&["network", "list", "--json"]).json();
    assert_eq!((&listed[0]["name"], &listed[0]["chain_id"]), (&json!("local"), &json!(5)));
}

#[test]
fn a_chain_can_stay_unannounced() {
    let home = Home::new();
    let localnet = Localnet::start(&home, &["--no-network-entry"]);
    assert_eq!(localnet.report["network_entry"], Value::Null);
    assert!(fs::read_dir(home.path()).unwrap().next().is_none());
    let output = home.command(&["network", "check"]).env("HETU_RPC_URL", localnet.url()).output();
    let checked = Ended::from(output.unwrap());
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
}

#[test]
fn a_node_of_another_chain_is_refused() {
    let home = Home::new();
    let localnet = Localnet::start(&home, &[]);
    let entry = fs::read_to_string(home.path().join("localnet.toml")).unwrap();
    let other = entry.replace("networks.local", "networks.other").replace("31337", "560000");
    fs::write(home.path().join("networks.toml"), other).unwrap();
    home.run(&["network", "check", "--network", "other"]).assert_failed(CHAIN, "on chain 31337");
    drop(localnet);
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = Home::new().run(&["localnet", "--port", &port]);
    ended.assert_failed(1, "in use");
    assert!(ended.stderr.contains(&port), "{}", ended.stderr);
}

#[test]
fn options_that_make_no_sense_are_usage_errors() {
    let home = Home::new();
    home.run(&["localnet", "--block-time", "1", "--no-mining"]).assert_failed(USAGE, "cannot");
    home.run(&["localnet", "--history", "0"]).assert_failed(USAGE, "0");
    home.run(&["localnet", "--accounts", "0"]).assert_failed(USAGE, "0");
    let folder = home.path().join("letters");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "dear").unwrap();
    let folder = folder.to_str().unwrap();
    home.run(&["localnet", "--port", "0", "--state", folder]).assert_failed(USAGE, "not empty");
    assert!(Path::new(folder).join("letter.txt").exists());
}
