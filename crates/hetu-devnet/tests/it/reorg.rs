use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use hetu_chain::Retryable;
use hetu_devnet::{Devnet, DevnetLimits, Mining, Reorg, ReorgError};
use serde_json::{Value, json};

use crate::support::{Net, bare, next, number, subscribe};

const BOB: Address = Address::repeat_byte(0xb0);

/// Fills a box `count` times, one block each.
async fn filled(net: &Net, count: u64) -> Vec<Value> {
    let address = net.create_box().await;
    let mut receipts = Vec::new();
    for value in 1..=count {
        receipts.push(net.fill_box(address, value).await);
    }
    receipts
}

/// Returns the only log of each receipt, the last one first, as a reorganisation removes them.
fn removed(receipts: &[Value]) -> Vec<Value> {
    let logs = receipts.iter().rev().map(|receipt| receipt["logs"][0].clone());
    logs.map(|mut log| {
        log["removed"] = json!(true);
        log
    })
    .collect()
}

async fn pool_status(net: &Net) -> (u64, u64) {
    let status: Value = net.get("txpool_status", json!([])).await;
    (number(&status["pending"]), number(&status["queued"]))
}

#[tokio::test]
async fn subscribers_hear_what_is_gone_and_what_came_instead() {
    for depth in [1, 5, 12] {
        let net = bare().await;
        let receipts = filled(&net, depth).await;
        let height = net.devnet.block_number();
        let client = net.ws().await;
        let mut heads = subscribe(&client, json!(["newHeads"])).await;
        let mut logs = subscribe(&client, json!(["logs", {}])).await;
        let filter: Value = net.get("eth_newFilter", json!([{}])).await;

        // The transactions are mined again immediately, after as many empty blocks.
        let latest = net.devnet.reorg(Reorg::of_depth(depth)).await.unwrap();
        assert_eq!(latest, height + depth);
        for number in height - depth + 1..=latest {
            let head = next(&mut heads).await;
            let block = net.block(U256::from(number)).await;
            assert_eq!((&head["number"], &head["hash"]), (&block["number"], &block["hash"]));
        }
        let mut told = removed(&receipts);
        for receipt in &receipts {
            let again: Value =
                net.get("eth_getTransactionReceipt", json!([receipt["transactionHash"]])).await;
            assert_eq!(number(&again["blockNumber"]), number(&receipt["blockNumber"]) + depth);
            told.push(again["logs"][0].clone());
        }
        for log in &told {
            assert_eq!(&next(&mut logs).await, log);
        }
        let changes: Vec<Value> = net.get("eth_getFilterChanges", json!([filter])).await;
        assert_eq!(changes, told);
    }
}

#[tokio::test]
async fn the_chain_links_through_the_new_blocks() {
    let net = bare().await;
    filled(&net, 5).await;
    let kept = net.block("0x3").await;
    let old = net.block("0x4").await;
    let reorg = Reorg::of_depth(3).forgetting_transactions();
    assert_eq!(net.devnet.reorg(reorg.clone()).await, Ok(6));
    assert_eq!(net.block("0x3").await, kept);
    for height in 4..=6_u64 {
        let block = net.block(U256::from(height)).await;
        let parent = net.block(U256::from(height - 1)).await;
        assert_eq!(block["parentHash"], parent["hash"]);
        assert_eq!(block["transactions"], json!([]));
    }
    let new = net.block("0x4").await;
    assert_ne!(new["hash"], old["hash"]);
    // A block with the same content has another hash the second time.
    net.devnet.reorg(reorg).await.unwrap();
    let newest = net.block("0x4").await;
    assert_ne!(newest["hash"], new["hash"]);
    assert_ne!(newest["hash"], old["hash"]);
}

#[tokio::test]
async fn transactions_wait_again_or_are_forgotten() {
    let net = bare().await;
    let receipts = filled(&net, 3).await;
    net.devnet.set_mining(Mining::Manual).await;
    assert_eq!(net.devnet.reorg(Reorg::of_depth(3)).await, Ok(4));
    assert_eq!(pool_status(&net).await, (3, 0));
    for receipt in &receipts {
        let hash = &receipt["transactionHash"];
        let waiting: Value = net.get("eth_getTransactionByHash", json!([hash])).await;
        assert_eq!(waiting["blockHash"], Value::Null);
        let gone: Value = net.get("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(gone, Value::Null);
    }
    net.devnet.mine(1).await;
    assert_eq!(net.block("latest").await["transactions"].as_array().unwrap().len(), 3);

    net.devnet.reorg(Reorg::of_depth(1).forgetting_transactions()).await.unwrap();
    assert_eq!(pool_status(&net).await, (0, 0));
    let hash = &receipts[0]["transactionHash"];
    let gone: Value = net.get("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(gone, Value::Null);
    assert_eq!(net.nonce(0).await, 1);
}

#[tokio::test]
async fn new_blocks_hold_what_they_are_told_to() {
    let net = bare().await;
    let old = net.transfer(0, BOB, 1).await;
    let replaced = net.send(0, old.clone()).await;
    net.devnet.mine(1).await;
    let other = TxEip1559 { value: U256::from(50), ..old.clone() };
    let (other, next) = (net.sign(0, other), net.sign(0, TxEip1559 { nonce: 1, ..old }));
    let reorg = Reorg::of_depth(2).with_transaction(0, other).with_transaction(1, next);
    // Another transaction has used the nonce of the one in the old block.
    assert_eq!(net.devnet.reorg(reorg).await, Ok(2));
    assert_eq!(pool_status(&net).await, (0, 0));
    let balance: U256 = net.get("eth_getBalance", json!([BOB, "0x1"])).await;
    assert_eq!(balance, U256::from(50));
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(51));
    assert_eq!(net.receipt(replaced).await, Value::Null);
}

#[tokio::test]
async fn what_cannot_be_reorganised_stays_as_it_is() {
    let net = bare().await;
    let first = net.transfer(0, BOB, 1).await;
    net.send(0, first.clone()).await;
    net.devnet.mine(1).await;
    let before = net.block("latest").await;
    let raw = |nonce| net.sign(0, TxEip1559 { nonce, ..first.clone() });
    let cases = [
        (Reorg::of_depth(3), ReorgError::TooDeep { depth: 3, most: 2 }),
        (Reorg::of_depth(u64::MAX), ReorgError::TooDeep { depth: u64::MAX, most: 2 }),
        (
            Reorg::of_depth(2).with_transaction(2, raw(0)),
            ReorgError::NoSuchBlock { block: 2, depth: 2 },
        ),
        (
            Reorg::of_depth(2).with_transaction(0, raw(0)).with_transaction(1, raw(7)),
            ReorgError::Transaction {
                block: 1,
                reason: "nonce too high: next nonce 1, tx nonce 7".into(),
            },
        ),
    ];
    for (reorg, expected) in cases {
        let error = net.devnet.reorg(reorg).await.unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.retryability().is_retryable());
        assert_eq!(net.block("latest").await, before);
    }
    let broken = Reorg::of_depth(1).with_transaction(0, [0xc0]);
    let error = net.devnet.reorg(broken).await.unwrap_err();
    assert!(matches!(error, ReorgError::Transaction { block: 0, .. }));
    assert_eq!(net.devnet.reorg(Reorg::of_depth(0)).await, Ok(2));
    assert_eq!(net.block("latest").await, before);
}

#[tokio::test]
async fn replaced_blocks_are_known_by_hash_but_not_canonical() {
    let net = bare().await;
    let address = net.create_box().await;
    let first = net.fill_box(address, 7).await;
    let second = net.fill_box(address, 8).await;
    net.devnet.reorg(Reorg::of_depth(2).forgetting_transactions()).await.unwrap();
    let call = json!({"to": address});
    let value: B256 = net.get("eth_call", json!([call])).await;
    assert_eq!(value, B256::ZERO);

    for (receipt, expected) in [(&first, 7), (&second, 8)] {
        let hash = &receipt["blockHash"];
        let by_hash: Value = net.get("eth_getBlockByHash", json!([hash, false])).await;
        assert_eq!(&by_hash["hash"], hash);
        let lenient = json!({"blockHash": hash, "requireCanonical": false});
        for id in [hash.clone(), json!({"blockHash": hash}), lenient] {
            let value: B256 = net.get("eth_call", json!([call, id])).await;
            assert_eq!(value, B256::from(U256::from(expected)));
        }
        let logs: Value = net.get("eth_getLogs", json!([{"blockHash": hash}])).await;
        assert_eq!(logs, receipt["logs"]);
        let strict = json!({"blockHash": hash, "requireCanonical": true});
        for (method, params) in [
            ("eth_call", json!([call, strict])),
            ("eth_estimateGas", json!([call, strict])),
            ("eth_getBalance", json!([address, strict])),
            ("eth_getCode", json!([address, strict])),
            ("eth_getStorageAt", json!([address, "0x0", strict])),
            ("eth_getTransactionCount", json!([address, strict])),
        ] {
            let error = net.refused(method, params).await;
            assert_eq!(error.code(), -32_000);
            assert_eq!(error.message(), "hash is not currently canonical", "{method}");
        }
    }
    // Code in a replaced block sees the blocks before that one.
    let code = Bytes::from(hex!("600143034060005260206000f3"));
    let overrides = json!({BOB.to_string(): {"code": code}});
    let parameters = json!([{"to": BOB}, {"blockHash": second["blockHash"]}, overrides]);
    let parent: Value = net.get("eth_call", parameters).await;
    assert_eq!(parent, first["blockHash"]);
}

#[tokio::test]
async fn only_the_latest_replaced_blocks_are_kept() {
    let net = bare().await;
    net.devnet.mine(130).await;
    let (oldest, newest) = (net.block("0x1").await, net.block("0x82").await);
    net.devnet.reorg(Reorg::of_depth(130)).await.unwrap();
    let by_hash = async |block: &Value| {
        net.get::<Value>("eth_getBlockByHash", json!([block["hash"], false])).await
    };
    assert_eq!(by_hash(&oldest).await, Value::Null);
    assert_eq!(by_hash(&newest).await, newest);
}

#[tokio::test]
async fn clients_can_reorganise_as_with_anvil() {
    let net = bare().await;
    let signed = net.transfer(0, BOB, 7).await;
    net.send(0, signed.clone()).await;
    net.devnet.mine(2).await;
    let raw = net.sign(0, TxEip1559 { value: U256::from(9), ..signed });
    let from = net.address(0);
    let request = json!({"from": from, "to": BOB, "value": "0x1"});
    let stranger = Address::repeat_byte(0xaa);
    net.get::<()>("anvil_impersonateAccount", json!([stranger])).await;
    let poor = json!({"from": stranger, "to": BOB, "gasPrice": "0x0", "gas": "0x5208"});

    let error = net.refused("anvil_reorg", json!([3, [[poor, 0]]])).await;
    assert!(error.message().starts_with("a transaction for the new block 0 is refused: max fee"));
    let pairs = json!([[raw, 0], [request, 0], [request, 2]]);
    net.get::<()>("anvil_reorg", json!([3, pairs])).await;
    assert_eq!(net.devnet.block_number(), 3);
    for (height, transactions) in [("0x1", 2), ("0x2", 0), ("0x3", 1)] {
        let block = net.block(height).await;
        assert_eq!(block["transactions"].as_array().unwrap().len(), transactions);
    }
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(11));
    assert_eq!(net.nonce(0).await, 3);

    net.get::<()>("anvil_reorg", json!([1, []])).await;
    assert_eq!((net.nonce(0).await, net.devnet.block_number()), (2, 3));
    let keep = json!({"keepTransactions": true});
    net.get::<()>("anvil_reorg", json!([3, [], keep])).await;
    // The two remaining transactions are mined again, each in a block of its own.
    assert_eq!((net.nonce(0).await, net.devnet.block_number()), (2, 5));

    for (params, message) in [
        (json!([6]), "6 blocks cannot be replaced: ask for at most 5"),
        (json!([2, [["0x02", 0]]]), "typed transaction too short"),
        (json!([2, [[request, 2]]]), "there is no new block 2"),
        (json!([2, [[{"from": BOB}, 0]]]), "unknown account"),
    ] {
        let error = net.refused("anvil_reorg", params).await;
        assert!(error.message().starts_with(message), "{error}");
    }
    for params in [json!([]), json!([-1, []]), json!([1, [], {"keep": true}])] {
        assert_eq!(net.refused("anvil_reorg", params).await.code(), -32_602);
    }
}

#[tokio::test]
async fn clients_cannot_replace_too_many_blocks_at_once() {
    let mut limits = DevnetLimits::default();
    limits.mined_blocks = 3;
    let net = Net::spawn(Devnet::builder().with_contracts(false).limits(limits)).await;
    net.devnet.mine(4).await;
    let error = net.refused("anvil_reorg", json!([4, []])).await;
    assert!(error.message().starts_with("4 blocks are too many"));
    net.get::<()>("anvil_reorg", json!([3, []])).await;
}
