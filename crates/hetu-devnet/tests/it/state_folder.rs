//! A chain that is stored in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, U256};
use hetu_chain::clock::ManualClock;
use hetu_chain::{Amount, Retryable};
use hetu_devnet::{Devnet, DevnetBuilder, DevnetError, Reorg, StateFolderError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Net, number};

const BOB: Address = Address::repeat_byte(0xb0);

fn kept_in(folder: &Path) -> DevnetBuilder {
    Devnet::builder().with_contracts(false).state_folder(folder)
}

async fn open(folder: &Path) -> Net {
    Net::spawn(Devnet::builder().state_folder(folder)).await
}

async fn refused(builder: DevnetBuilder) -> StateFolderError {
    match builder.start().await {
        Err(DevnetError::StateFolder(error)) => error,
        other => panic!("the folder should be refused, got {other:?}"),
    }
}

/// Returns everything about the blocks of the chain and the accounts in them.
async fn everything(net: &Net, accounts: &[Address]) -> Vec<Value> {
    let mut all = Vec::new();
    let oldest = number(&net.block("earliest").await["number"]);
    for height in oldest..=net.devnet.block_number() {
        let tag = U256::from(height);
        all.push(net.get("eth_getBlockByNumber", json!([tag, true])).await);
        all.push(net.get("eth_getBlockReceipts", json!([tag])).await);
        for account in accounts {
            for method in ["eth_getBalance", "eth_getTransactionCount", "eth_getCode"] {
                all.push(net.get(method, json!([account, tag])).await);
            }
            all.push(net.get("eth_getStorageAt", json!([account, "0x0", tag])).await);
        }
    }
    all.push(net.get("eth_getLogs", json!([{"fromBlock": "earliest"}])).await);
    all
}

#[tokio::test]
async fn a_chain_goes_on_where_it_was_stopped() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    let address = net.create_box().await;
    for value in [7, 0, 9] {
        net.fill_box(address, value).await;
    }
    let hash = net.send(1, net.transfer(1, BOB, 5).await).await;
    let accounts = [net.address(0), net.address(1), BOB, address, Address::ZERO];
    let before = everything(&net, &accounts).await;
    let receipt = net.receipt(hash).await;
    net.devnet.stop().await;

    let net = open(folder.path()).await;
    assert_eq!(everything(&net, &accounts).await, before);
    assert_eq!(net.receipt(hash).await, receipt);
    assert_eq!(number(&net.fill_box(address, 11).await["status"]), 1);
    let value: B256 = net.get("eth_call", json!([{"to": address}])).await;
    assert_eq!(value, B256::from(U256::from(11)));
}

#[tokio::test]
async fn a_change_is_in_the_folder_when_it_is_answered() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    for wei in 1..=3 {
        let hash = net.send(0, net.transfer(0, BOB, wei).await).await;
        // The copy is what a killed process would leave behind.
        let copy = TempDir::new().unwrap();
        fs::copy(folder.path().join("chain.redb"), copy.path().join("chain.redb")).unwrap();
        let continued = open(copy.path()).await;
        assert_eq!(continued.receipt(hash).await, net.receipt(hash).await);
        assert_eq!(continued.devnet.block_number(), wei);
    }
}

#[tokio::test]
async fn the_contracts_are_deployed_once() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path()).await;
    let (height, contracts) = (first.devnet.block_number(), first.devnet.contracts());
    first.devnet.stop().await;
    let again = open(folder.path()).await;
    assert_eq!(again.devnet.block_number(), height);
    assert_eq!(again.devnet.contracts(), contracts);
    let code: String = again.get("eth_getCode", json!([contracts.whetu.to_string()])).await;
    assert!(code.len() > 1_000);
}

#[tokio::test]
async fn what_was_reverted_does_not_come_back() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    let address = net.create_box().await;
    net.fill_box(address, 1).await;
    let snapshot: Value = net.get("evm_snapshot", json!([])).await;
    let gone = net.fill_box(address, 2).await;
    net.fill_box(address, 3).await;
    assert!(net.get::<bool>("evm_revert", json!([snapshot])).await);
    net.fill_box(address, 4).await;
    let accounts = [net.address(0), address];
    let before = everything(&net, &accounts).await;
    net.devnet.stop().await;

    let net = open(folder.path()).await;
    assert_eq!(everything(&net, &accounts).await, before);
    assert_eq!(net.devnet.block_number(), 3);
    let receipt: Value =
        net.get("eth_getTransactionReceipt", json!([gone["transactionHash"]])).await;
    assert_eq!(receipt, Value::Null);
    // Snapshots end with the process.
    assert!(!net.get::<bool>("evm_revert", json!([snapshot])).await);
}

#[tokio::test]
async fn what_was_reorganised_and_amended_is_kept() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    let address = net.create_box().await;
    for value in 1..=4 {
        net.fill_box(address, value).await;
    }
    net.devnet.reorg(Reorg::of_depth(2)).await.unwrap();
    net.get::<()>("anvil_setBalance", json!([BOB, "0xde0b6b3a7640000"])).await;
    net.get::<()>("anvil_impersonateAccount", json!([BOB])).await;
    let request = json!({"from": BOB, "to": address, "input": B256::with_last_byte(9)});
    let _: B256 = net.get("eth_sendTransaction", json!([request])).await;
    // The header does not show this change, because it is in the state after the latest block.
    let _: bool = net.get("anvil_setStorageAt", json!([BOB, "0x0", B256::with_last_byte(3)])).await;
    let accounts = [net.address(0), address, BOB];
    let before = everything(&net, &accounts).await;
    net.devnet.stop().await;

    let net = open(folder.path()).await;
    assert_eq!(everything(&net, &accounts).await, before);
    net.fill_box(address, 5).await;
    let slot: B256 = net.get("eth_getStorageAt", json!([BOB, "0x0"])).await;
    assert_eq!(slot, B256::with_last_byte(3));
}

#[tokio::test]
async fn an_amended_first_block_is_kept() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    net.get::<()>("anvil_setBalance", json!([BOB, "0x7"])).await;
    net.devnet.stop().await;
    let net = open(folder.path()).await;
    let balance: U256 = net.get("eth_getBalance", json!([BOB, "0x0"])).await;
    assert_eq!(balance, U256::from(7));
}

#[tokio::test]
async fn a_revert_behind_the_history_is_kept_too() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path()).history(4)).await;
    let address = net.create_box().await;
    net.fill_box(address, 1).await;
    let snapshot: Value = net.get("evm_snapshot", json!([])).await;
    net.devnet.mine(20).await;
    net.fill_box(address, 2).await;
    assert!(net.get::<bool>("evm_revert", json!([snapshot])).await);
    let accounts = [net.address(0), address];
    let before = everything(&net, &accounts).await;
    net.devnet.stop().await;
    let net = open(folder.path()).await;
    assert_eq!(everything(&net, &accounts).await, before);
    assert_eq!(net.devnet.block_number(), 2);
}

#[tokio::test]
async fn a_folder_with_a_short_history_does_not_grow() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path()).history(16)).await;
    let address = net.create_box().await;
    let size = || fs::metadata(folder.path().join("chain.redb")).unwrap().len();
    net.devnet.mine(1_000).await;
    let settled = size();
    net.devnet.mine(10_000).await;
    net.fill_box(address, 5).await;
    assert_eq!(size(), settled);
    net.devnet.stop().await;

    let net = open(folder.path()).await;
    assert_eq!(number(&net.block("earliest").await["number"]), 11_002 - 15);
    let value: B256 = net.get("eth_call", json!([{"to": address}])).await;
    assert_eq!(value, B256::from(U256::from(5)));
}

#[tokio::test]
async fn time_and_waiting_transactions_are_kept() {
    let start = Duration::from_secs(1_700_000_000);
    let clock = Arc::new(ManualClock::at(start));
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path()).clock(clock.clone())).await;
    net.devnet.increase_time(Duration::from_secs(1_000));
    let mut late = net.transfer(0, BOB, 2).await;
    late.nonce += 1;
    let (first, late) = (net.transfer(0, BOB, 1).await, net.send(0, late).await);
    let mut replaced = net.transfer(1, BOB, 3).await;
    replaced.nonce += 1;
    net.send(1, replaced.clone()).await;
    replaced.max_fee_per_gas *= 2;
    replaced.max_priority_fee_per_gas *= 2;
    let replacing = net.send(1, replaced).await;
    net.devnet.stop().await;

    let net = Net::spawn(Devnet::builder().state_folder(folder.path()).clock(clock)).await;
    let waiting: Value = net.get("eth_getTransactionByHash", json!([late])).await;
    assert_eq!((&waiting["blockHash"], number(&waiting["value"])), (&Value::Null, 2));
    let waiting: Value = net.get("eth_getTransactionByHash", json!([replacing])).await;
    assert_eq!(number(&waiting["nonce"]), 1);
    net.send(0, first).await;
    assert_eq!(number(&net.receipt(late).await["blockNumber"]), 2);
    assert_eq!(number(&net.block("latest").await["timestamp"]), start.as_secs() + 1_000);
}

#[tokio::test]
async fn what_was_mined_after_a_restart_waits_no_more_after_the_next() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    let first = net.transfer(0, BOB, 1).await;
    for wei in 1..=3 {
        net.send(1, net.transfer(1, BOB, wei).await).await;
    }
    let late = TxEip1559 { nonce: first.nonce + 1, ..first.clone() };
    let hash = net.send(0, late).await;
    net.devnet.stop().await;
    let net = open(folder.path()).await;
    net.send(0, first).await;
    assert_eq!(number(&net.receipt(hash).await["status"]), 1);
    net.devnet.stop().await;
    let net = open(folder.path()).await;
    let status: Value = net.get("txpool_status", json!([])).await;
    assert_eq!((number(&status["pending"]), number(&status["queued"])), (0, 0));
}

#[tokio::test]
async fn transactions_that_are_due_are_mined_at_the_start() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    net.get::<()>("evm_setAutomine", json!([false])).await;
    let hash = net.send(0, net.transfer(0, BOB, 1).await).await;
    assert_eq!(net.receipt(hash).await, Value::Null);
    net.devnet.stop().await;
    let net = open(folder.path()).await;
    assert_eq!(number(&net.receipt(hash).await["blockNumber"]), 1);
}

#[tokio::test]
async fn what_is_not_named_is_as_it_was_and_what_is_named_must_be() {
    let folder = TempDir::new().unwrap();
    let made = kept_in(folder.path()).chain_id(5).accounts(3).balance(Amount::from_hetu(7));
    let net = Net::spawn(made.base_fee(11).block_gas_limit(20_000_000)).await;
    net.devnet.stop().await;
    let net = open(folder.path()).await;
    assert_eq!(net.devnet.chain_id().get(), 5);
    assert_eq!(net.devnet.accounts().len(), 3);
    net.devnet.stop().await;

    let builder = || Devnet::builder().state_folder(folder.path());
    let cases = [
        (builder().chain_id(6), "chain id", "5", "6"),
        (builder().accounts(4), "number of accounts", "3", "4"),
        (builder().balance(Amount::from_hetu(8)), "balance", "7", "8"),
        (builder().base_fee(12), "base fee", "11", "12"),
        (builder().block_gas_limit(1), "block gas limit", "20000000", "1"),
        (builder().with_contracts(true), "contracts", "false", "true"),
        (builder().published_interface(true), "published interface", "false", "true"),
    ];
    for (builder, name, was, asked) in cases {
        let error = refused(builder).await;
        let StateFolderError::OtherSetting { setting, stored, given, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!((*setting, stored.as_str(), given.as_str()), (name, was, asked));
    }
    Net::spawn(builder().chain_id(5).accounts(3)).await;
}

#[tokio::test]
async fn a_folder_serves_one_chain_at_a_time() {
    let folder = TempDir::new().unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    let error = refused(kept_in(folder.path())).await;
    assert!(matches!(error, StateFolderError::InUse { .. }), "{error}");
    assert!(error.retryability().is_retryable());
    // This also holds while a client keeps a connection to the stopped chain.
    let client = net.http.clone();
    drop(net.devnet);
    open(folder.path()).await;
    drop(client);
}

#[tokio::test]
async fn a_folder_of_something_else_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    let error = refused(kept_in(folder.path())).await;
    assert!(matches!(error, StateFolderError::Foreign { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let file = folder.path().join("letter.txt");
    let error = refused(kept_in(&file)).await;
    assert!(matches!(error, StateFolderError::Inaccessible { .. }), "{error}");
}

#[tokio::test]
async fn a_process_that_was_killed_while_it_made_the_chain_leaves_a_usable_folder() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("chain.redb.new"), "half of a database").unwrap();
    let net = Net::spawn(kept_in(folder.path())).await;
    assert_eq!(net.devnet.block_number(), 0);
}

/// A folder with a chain of a few blocks.
struct Sample {
    folder: TempDir,
    database: PathBuf,
    bytes: Vec<u8>,
    everything: Vec<Value>,
    accounts: [Address; 2],
}

impl Sample {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let net = Net::spawn(kept_in(folder.path())).await;
        let address = net.create_box().await;
        net.fill_box(address, 7).await;
        let accounts = [net.address(0), address];
        let everything = everything(&net, &accounts).await;
        net.devnet.stop().await;
        let database = folder.path().join("chain.redb");
        let bytes = fs::read(&database).unwrap();
        Self { folder, database, bytes, everything, accounts }
    }

    async fn spawn(&self) -> Result<Devnet, DevnetError> {
        Devnet::builder().state_folder(self.folder.path()).start().await
    }
}

#[tokio::test]
async fn a_truncated_database_is_refused_and_left_as_it_is() {
    let sample = Sample::new().await;
    let whole = &sample.bytes;
    for length in [0, 1, 64, 4_096, whole.len() / 2, whole.len() - 1] {
        fs::write(&sample.database, &whole[..length]).unwrap();
        let error = refused(kept_in(sample.folder.path())).await;
        assert!(matches!(error, StateFolderError::Damaged { .. }), "{length}: {error}");
        assert_eq!(fs::read(&sample.database).unwrap(), &whole[..length], "{length}");
    }
    fs::write(&sample.database, whole).unwrap();
    assert_eq!(sample.spawn().await.unwrap().block_number(), 2);
}

#[tokio::test]
async fn a_damaged_database_is_refused_and_left_as_it_is_or_read_right() {
    let sample = Sample::new().await;
    let mut refusals = 0;
    // The step is odd, so that the damage falls on every part of a page.
    for position in (0..sample.bytes.len()).step_by(4_099).chain(0..320) {
        let mut damaged = sample.bytes.clone();
        damaged[position] ^= 0x55;
        fs::write(&sample.database, &damaged).unwrap();
        match sample.spawn().await {
            Ok(devnet) => {
                let net = Net::of(devnet);
                let found = everything(&net, &sample.accounts).await;
                assert_eq!(found, sample.everything, "byte {position}");
            }
            Err(DevnetError::StateFolder(
                StateFolderError::Damaged { .. } | StateFolderError::OtherFormat { .. },
            )) => {
                refusals += 1;
                assert_eq!(fs::read(&sample.database).unwrap(), damaged, "byte {position}");
            }
            Err(other) => panic!("byte {position}: {other}"),
        }
    }
    assert!(refusals > 0);
}

#[tokio::test]
async fn a_database_of_another_format_is_told_apart() {
    let sample = Sample::new().await;
    set_format(&sample.database, "2");
    let error = refused(kept_in(sample.folder.path())).await;
    let StateFolderError::OtherFormat { found, supported, .. } = &error else { panic!("{error}") };
    assert_eq!((found.as_str(), *supported), ("2", 1));
}

fn set_format(database: &Path, format: &str) {
    let table: redb::TableDefinition<'_, &str, &str> = redb::TableDefinition::new("about");
    let database = redb::Database::open(database).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert("format", format).unwrap();
    transaction.commit().unwrap();
}
