use std::time::Duration;

use alloy_primitives::{Address, B256, U256, keccak256};
use hetu_chain::Amount;
use hetu_chain::primitives::ContractAddresses;
use hetu_devnet::{Devnet, DevnetError, DevnetLimits};
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::{BatchResponse, ClientT};
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::rpc_params;
use serde_json::{Value, json};

use crate::support::{Net, bare, encode, number};

#[tokio::test]
async fn a_devnet_says_who_it_is() {
    let net = Net::spawn(Devnet::builder().with_contracts(false).chain_id(4_242)).await;
    let id: String = net.get("eth_chainId", json!([])).await;
    assert_eq!(id, "0x1092");
    let version: String = net.get("net_version", json!([])).await;
    assert_eq!(version, "4242");
    let client: String = net.get("web3_clientVersion", json!([])).await;
    assert!(client.starts_with("hetu-devnet/v"));
    assert!(!net.get::<bool>("eth_syncing", json!([])).await);
    assert!(net.get::<bool>("net_listening", json!([])).await);
    let peers: String = net.get("net_peerCount", json!([])).await;
    assert_eq!(peers, "0x0");
    let hash: B256 = net.get("web3_sha3", json!(["0x68657475"])).await;
    assert_eq!(hash, keccak256("hetu"));
    assert_eq!(net.devnet.chain_id().get(), 4_242);
}

#[tokio::test]
async fn accounts_hold_what_was_asked_for() {
    let balance = Amount::from_hetu(7);
    let builder = Devnet::builder().with_contracts(false).accounts(2).balance(balance);
    let net = Net::spawn(builder).await;
    let accounts: Vec<Address> = net.get("eth_accounts", json!([])).await;
    assert_eq!(accounts, [net.address(0), net.address(1)]);
    for account in accounts {
        let wei: U256 = net.get("eth_getBalance", json!([account, "latest"])).await;
        assert_eq!(wei.to_be_bytes(), balance.to_be_bytes());
    }
}

#[tokio::test]
async fn the_contracts_stand_at_fixed_addresses_and_know_each_other() {
    let net = Net::spawn(Devnet::builder()).await;
    let contracts = net.devnet.contracts();
    let expected: ContractAddresses = serde_json::from_value(json!({
        "whetu": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "global_staking": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
        "amm_factory": "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
        "subnet_manager": "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9",
        "dendron_manager": "0xDc64a140Aa3E981100a9becA4E685f962f0cF6C9",
        "weights": "0x5FC8d32690cc91D4c39d9d3abcBD16989F875707",
        "reward_distributor": "0x0165878A594ca255338adfa4d48449f69242Eb8F",
        "lens": "0xa513E6E4b8f2a923D98304ec87F64353C4D5C853",
    }))
    .unwrap();
    assert_eq!(contracts, expected);

    let owner = net.address(0).into_word();
    let at = |address: hetu_chain::Address| Address::from(*address.as_bytes());
    let manager = at(contracts.subnet_manager).into_word();
    let staking = at(contracts.global_staking).into_word();
    let dendrons = at(contracts.dendron_manager).into_word();
    let rewards_address = contracts.reward_distributor.unwrap();
    let rewards = at(rewards_address).into_word();
    let one = B256::from(U256::ONE);
    let cases: [(_, _, &[B256], _); 11] = [
        (contracts.subnet_manager, "getNextNetuid()", &[], one),
        (contracts.subnet_manager, "owner()", &[], owner),
        (contracts.global_staking, "treasury()", &[], owner),
        (contracts.global_staking, "dendronManager()", &[], dendrons),
        (contracts.global_staking, "authorizedCallers(address)", &[dendrons], one),
        (contracts.amm_factory, "subnetManager()", &[], manager),
        (contracts.dendron_manager, "globalStaking()", &[], staking),
        (contracts.dendron_manager, "rewardDistributor()", &[], rewards),
        (rewards_address, "subnetManager()", &[], manager),
        (contracts.weights, "subnetManager()", &[], manager),
        (contracts.weights, "dendronManager()", &[], dendrons),
    ];
    for (contract, function, arguments, expected) in cases {
        let call = json!({"to": at(contract), "input": encode(function, arguments)});
        let answer: B256 = net.get("eth_call", json!([call, "latest"])).await;
        assert_eq!(answer, expected, "{function}");
    }
}

#[tokio::test]
async fn a_new_chain_is_not_ahead_of_the_clock() {
    let net = Net::spawn(Devnet::builder()).await;
    let head = net.block("latest").await;
    let now = hetu_chain::Clock::unix_seconds(&hetu_chain::SystemClock);
    assert!(number(&head["timestamp"]) <= now);
    assert!(number(&head["timestamp"]) + 60 > now);
}

#[tokio::test]
async fn blocks_link_by_the_hash_of_their_header() {
    let net = bare().await;
    net.devnet.mine(3).await;
    assert_eq!(net.devnet.block_number(), 3);
    for height in 1..=3_u64 {
        let block = net.block(U256::from(height)).await;
        let parent = net.block(U256::from(height - 1)).await;
        assert_eq!(block["parentHash"], parent["hash"]);
        let header: alloy_consensus::Header = serde_json::from_value(block.clone()).unwrap();
        let hash = keccak256(alloy_rlp::encode(&header));
        assert_eq!(block["hash"], json!(hash));
        let by_hash: Value = net.get("eth_getBlockByHash", json!([hash, false])).await;
        assert_eq!(by_hash, block);
    }
    let unknown: Option<Value> = net.get("eth_getBlockByNumber", json!(["0x9", false])).await;
    assert_eq!(unknown, None);
}

#[tokio::test]
async fn the_pending_block_has_no_hash() {
    let net = bare().await;
    let pending = net.block("pending").await;
    assert_eq!(pending["hash"], Value::Null);
    assert_eq!(number(&pending["number"]), 1);
    assert_eq!(net.devnet.block_number(), 0);
}

#[tokio::test]
async fn a_block_has_transactions_by_index_and_no_uncles() {
    let net = bare().await;
    let transfer = net.transfer(0, net.address(1), 5).await;
    let raw = net.sign(0, transfer.clone());
    let hash = net.send(0, transfer).await;
    let block = net.block("latest").await;
    let transaction: Value = net.get("eth_getTransactionByHash", json!([hash])).await;
    for (kind, id) in [("Number", &block["number"]), ("Hash", &block["hash"])] {
        let method = format!("eth_getBlockTransactionCountBy{kind}");
        let count: String = net.get(&method, json!([id])).await;
        assert_eq!(count, "0x1");
        let method = format!("eth_getTransactionByBlock{kind}AndIndex");
        let first: Value = net.get(&method, json!([id, "0x0"])).await;
        assert_eq!(first, transaction);
        let second: Value = net.get(&method, json!([id, "0x1"])).await;
        assert_eq!(second, Value::Null);
        let method = format!("eth_getUncleCountByBlock{kind}");
        let uncles: String = net.get(&method, json!([id])).await;
        assert_eq!(uncles, "0x0");
        let method = format!("eth_getUncleByBlock{kind}AndIndex");
        let uncle: Value = net.get(&method, json!([id, "0x0"])).await;
        assert_eq!(uncle, Value::Null);
    }
    for (method, unknown) in [
        ("eth_getBlockTransactionCountByHash", json!(B256::ZERO)),
        ("eth_getBlockTransactionCountByNumber", json!("0x99")),
        ("eth_getUncleCountByBlockHash", json!(B256::ZERO)),
        ("eth_getUncleCountByBlockNumber", json!("0x99")),
        ("eth_getRawTransactionByHash", json!(B256::ZERO)),
        ("eth_getBlockReceipts", json!("0x99")),
    ] {
        let nothing: Value = net.get(method, json!([unknown])).await;
        assert_eq!(nothing, Value::Null, "{method}");
    }
    let told: Value = net.get("eth_getRawTransactionByHash", json!([hash])).await;
    assert_eq!(told, json!(raw));
}

#[tokio::test]
async fn fees_follow_the_base_fee() {
    let net = bare().await;
    net.devnet.mine(2).await;
    let history: Value = net.get("eth_feeHistory", json!(["0x2", "latest", [25.0, 75.0]])).await;
    assert_eq!(number(&history["oldestBlock"]), 1);
    let fees: Vec<u64> = history["baseFeePerGas"].as_array().unwrap().iter().map(number).collect();
    assert_eq!(fees, [875_000_000, 765_625_000, 669_921_875]);
    assert_eq!(history["reward"].as_array().unwrap().len(), 2);
    let tip: U256 = net.get("eth_maxPriorityFeePerGas", json!([])).await;
    let price: U256 = net.get("eth_gasPrice", json!([])).await;
    assert_eq!(price, tip + U256::from(fees[2]));
    let error = net.refused("eth_feeHistory", json!(["0x1", "latest", [75.0, 25.0]])).await;
    assert_eq!(error.code(), -32_602);
}

#[tokio::test]
async fn a_port_in_use_is_told_apart() {
    let first = Devnet::builder().with_contracts(false).start().await.unwrap();
    let port = first.address().port();
    let again = || Devnet::builder().with_contracts(false).port(port);
    let error = again().start().await.unwrap_err();
    assert!(matches!(&error, DevnetError::PortInUse { address } if address.port() == port));

    first.stop().await;
    again().start().await.unwrap();
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_and_bounded() {
    let mut limits = DevnetLimits::default();
    limits.batch = 3;
    let net = Net::spawn(Devnet::builder().with_contracts(false).limits(limits)).await;
    let batch = |size: usize| {
        let mut batch = BatchRequestBuilder::new();
        for index in 0..size {
            let method = if index == 1 { "eth_none" } else { "eth_chainId" };
            batch.insert(method, rpc_params![]).unwrap();
        }
        batch
    };
    let answers: BatchResponse<'_, String> = net.http.batch_request(batch(3)).await.unwrap();
    let answers: Vec<_> = answers.into_iter().collect();
    assert_eq!(answers[0].as_deref().unwrap(), "0x7a69");
    assert_eq!(answers[1].as_ref().unwrap_err().code(), -32_601);
    assert_eq!(answers[2].as_deref().unwrap(), "0x7a69");
    let refused: Result<BatchResponse<'_, String>, ClientError> =
        net.http.batch_request(batch(4)).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn who_listens_on_all_addresses_is_reached_by_loopback() {
    let all = std::net::Ipv4Addr::UNSPECIFIED.into();
    let net = Net::spawn(Devnet::builder().with_contracts(false).host(all)).await;
    assert!(net.devnet.address().ip().is_unspecified());
    assert!(net.devnet.http_url().starts_with("http://127.0.0.1:"));
    let _: String = net.get("eth_chainId", json!([])).await;
}

#[tokio::test]
async fn without_an_account_there_are_no_contracts() {
    let error = Devnet::builder().accounts(0).start().await.unwrap_err();
    assert!(matches!(error, DevnetError::NoDeployer));
    let bare = Devnet::builder().accounts(0).with_contracts(false);
    assert!(bare.start().await.unwrap().accounts().is_empty());
}

#[tokio::test]
async fn a_dropped_devnet_closes_its_connections() {
    let net = bare().await;
    let client =
        jsonrpsee::ws_client::WsClientBuilder::default().build(net.devnet.ws_url()).await.unwrap();
    drop(net.devnet);
    tokio::time::timeout(Duration::from_secs(10), client.on_disconnect()).await.unwrap();
}
