use alloy_consensus::{TxEip1559, TxEip2930, TxLegacy};
use alloy_primitives::{Address, B256, TxKind, U256};
use hetu_devnet::Devnet;
use serde_json::{Value, json};

use crate::support::{BOX, Net, bare, encode, number};

const BOB: Address = Address::repeat_byte(0xb0);

#[tokio::test]
async fn a_transfer_is_mined_at_once() {
    let net = bare().await;
    let hash = net.send(0, net.transfer(0, BOB, 5).await).await;
    let receipt = net.receipt(hash).await;
    assert_eq!(number(&receipt["status"]), 1);
    assert_eq!(number(&receipt["gasUsed"]), 21_000);
    assert_eq!(number(&receipt["blockNumber"]), 1);
    assert_eq!(receipt["type"], "0x2");
    // The first block after the genesis block has this base fee; the tip is added.
    assert_eq!(number(&receipt["effectiveGasPrice"]), 875_000_000 + 1_000_000_000);
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(5));

    let transaction: Value = net.get("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(transaction["blockHash"], receipt["blockHash"]);
    assert_eq!(transaction["from"], json!(net.address(0)));
    let block: Value = net.get("eth_getBlockByNumber", json!(["0x1", true])).await;
    assert_eq!(block["transactions"][0], transaction);
    assert_eq!(number(&block["gasUsed"]), 21_000);
    let receipts: Value = net.get("eth_getBlockReceipts", json!(["latest"])).await;
    assert_eq!(receipts, json!([receipt]));
    let unknown: Option<Value> = net.get("eth_getTransactionReceipt", json!([B256::ZERO])).await;
    assert_eq!(unknown, None);
}

#[tokio::test]
async fn older_types_of_transactions_are_taken() {
    let net = bare().await;
    let chain_id = net.devnet.chain_id().get();
    let legacy = TxLegacy {
        chain_id: Some(chain_id),
        nonce: 0,
        gas_price: 2_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(BOB),
        value: U256::from(1),
        ..TxLegacy::default()
    };
    let with_list = TxEip2930 {
        chain_id,
        nonce: 1,
        gas_price: 2_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(BOB),
        value: U256::from(2),
        ..TxEip2930::default()
    };
    for raw in [net.sign(0, legacy.clone()), net.sign(0, with_list)] {
        let hash: B256 = net.get("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(number(&net.receipt(hash).await["status"]), 1);
    }
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(3));

    let unprotected = TxLegacy { chain_id: None, nonce: 2, ..legacy };
    let raw = net.sign(0, unprotected);
    let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
    assert!(error.message().starts_with("only replay-protected"));
}

#[tokio::test]
async fn a_transaction_that_reverts_is_mined_and_says_so() {
    let net = Net::spawn(Devnet::builder()).await;
    let whetu = Address::from(*net.devnet.contracts().whetu.as_bytes());
    let deposit = encode("deposit()", &[]);
    let hash = net.send(1, net.call(1, whetu, &deposit).await).await;
    let receipt = net.receipt(hash).await;
    assert_eq!(number(&receipt["status"]), 0);
    assert_eq!(receipt["logs"], json!([]));

    let call = json!({"from": net.address(1), "to": whetu, "input": deposit});
    for method in ["eth_call", "eth_estimateGas"] {
        let error = net.refused(method, json!([call, "latest"])).await;
        assert_eq!(error.code(), 3);
        assert_eq!(error.message(), "execution reverted: ZERO_DEPOSIT");
        let data: String = serde_json::from_str(error.data().unwrap().get()).unwrap();
        assert!(data.starts_with("0x08c379a0"));
    }
}

#[tokio::test]
async fn a_custom_error_is_in_the_data_of_the_answer() {
    let net = Net::spawn(Devnet::builder()).await;
    let factory = Address::from(*net.devnet.contracts().amm_factory.as_bytes());
    let stranger = net.address(1);
    let input = encode("setSubnetManager(address)", &[stranger.into_word()]);
    let call = json!({"from": stranger, "to": factory, "input": input});
    let error = net.refused("eth_call", json!([call])).await;
    assert_eq!(error.code(), 3);
    assert_eq!(error.message(), "execution reverted");
    let data: String = serde_json::from_str(error.data().unwrap().get()).unwrap();
    let expected = encode("OnlyCreator(address)", &[stranger.into_word()]);
    assert_eq!(data, expected.to_string());
}

#[tokio::test]
async fn a_nonce_gap_is_waited_out() {
    let net = bare().await;
    let first = net.transfer(0, BOB, 1).await;
    let later = |nonce| TxEip1559 { nonce, ..first.clone() };
    let third = net.send(0, later(2)).await;
    let second = net.send(0, later(1)).await;
    assert_eq!(net.devnet.block_number(), 0);
    let waiting: Value = net.get("eth_getTransactionByHash", json!([third])).await;
    assert_eq!(waiting["blockHash"], Value::Null);
    assert_eq!(net.nonce(0).await, 0);

    net.send(0, first.clone()).await;
    assert_eq!(net.devnet.block_number(), 3);
    assert_eq!(net.nonce(0).await, 3);
    assert_eq!(number(&net.receipt(second).await["blockNumber"]), 2);
    assert_eq!(number(&net.receipt(third).await["blockNumber"]), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_come_all_at_once_in_any_order_are_all_mined() {
    let net = bare().await;
    let first = net.transfer(0, BOB, 1).await;
    let sent = (0..64_u64).rev().map(|nonce| net.send(0, TxEip1559 { nonce, ..first.clone() }));
    let hashes = futures_util::future::join_all(sent).await;
    assert_eq!(net.nonce(0).await, 64);
    for (hash, nonce) in hashes.into_iter().zip((0..64).rev()) {
        let receipt = net.receipt(hash).await;
        assert_eq!(number(&receipt["blockNumber"]), nonce + 1);
    }
    let balance: U256 = net.get("eth_getBalance", json!([BOB])).await;
    assert_eq!(balance, U256::from(64));
}

#[tokio::test]
async fn a_transaction_below_the_base_fee_waits_until_it_is_replaced() {
    let net = bare().await;
    let cheap = TxEip1559 {
        max_fee_per_gas: 1_000,
        max_priority_fee_per_gas: 1_000,
        ..net.transfer(0, BOB, 1).await
    };
    net.send(0, cheap.clone()).await;
    assert_eq!(net.devnet.block_number(), 0);
    assert_eq!(net.nonce(0).await, 1);
    let raw = net.sign(0, cheap.clone());
    let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(error.message(), "already known");

    let hardly_more = TxEip1559 { max_fee_per_gas: 1_050, ..cheap.clone() };
    let raw = net.sign(0, hardly_more);
    let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(error.message(), "replacement transaction underpriced");

    let paying = TxEip1559 {
        max_fee_per_gas: 2_000_000_000,
        max_priority_fee_per_gas: 2_000_000_000,
        ..cheap
    };
    let hash = net.send(0, paying).await;
    assert_eq!(number(&net.receipt(hash).await["status"]), 1);
}

#[tokio::test]
async fn refusals_have_the_messages_that_clients_know() {
    let net = bare().await;
    let good = net.transfer(0, BOB, 1).await;
    net.send(0, good.clone()).await;
    let next = TxEip1559 { nonce: 1, ..good.clone() };
    let cases = [
        (good.clone(), "nonce too low"),
        (TxEip1559 { value: U256::from(2), ..good }, "nonce too low"),
        (
            TxEip1559 { value: U256::MAX, ..next.clone() },
            "insufficient funds for gas * price + value",
        ),
        (TxEip1559 { gas_limit: 20_999, ..next.clone() }, "intrinsic gas too low"),
        (TxEip1559 { gas_limit: 30_000_001, ..next.clone() }, "exceeds block gas limit"),
        (
            TxEip1559 { max_priority_fee_per_gas: 20_000_000_000, ..next.clone() },
            "max priority fee per gas higher than max fee per gas",
        ),
        (TxEip1559 { chain_id: 1, ..next }, "invalid chain id for signer: have 1 want 31337"),
    ];
    for (transaction, message) in cases {
        let raw = net.sign(0, transaction);
        let error = net.refused("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(error.code(), -32_000);
        assert!(error.message().starts_with(message), "{}", error.message());
    }
    let error = net.refused("eth_sendRawTransaction", json!(["0x02c0"])).await;
    assert!(error.message().starts_with("rlp: "));
}

#[tokio::test]
async fn an_estimate_is_enough_and_not_much_more() {
    let net = bare().await;
    let plain: U256 = net
        .get("eth_estimateGas", json!([{"from": net.address(0), "to": BOB, "value": "0x1"}]))
        .await;
    assert_eq!(plain, U256::from(21_000));

    let estimate: U256 = net
        .get(
            "eth_estimateGas",
            json!([{"from": net.address(0), "input": alloy_primitives::Bytes::from(BOX)}]),
        )
        .await;
    let creation = TxEip1559 {
        to: TxKind::Create,
        gas_limit: estimate.to(),
        ..net.call(0, Address::ZERO, &BOX).await
    };
    let receipt = net.receipt(net.send(0, creation).await).await;
    assert_eq!(number(&receipt["status"]), 1);
    assert!(number(&receipt["gasUsed"]) * 102 / 100 > estimate.to::<u64>());
}

#[tokio::test]
async fn a_subnet_can_be_registered_at_once_with_the_estimated_gas() {
    let net = Net::spawn(Devnet::builder()).await;
    let contracts = net.devnet.contracts();
    let whetu = Address::from(*contracts.whetu.as_bytes());
    let manager = Address::from(*contracts.subnet_manager.as_bytes());
    let hetu = U256::from(10).pow(U256::from(18));
    let deposit = TxEip1559 {
        value: U256::from(1_000) * hetu,
        ..net.call(1, whetu, &encode("deposit()", &[])).await
    };
    net.send(1, deposit).await;
    let words = [manager.into_word(), U256::MAX.into()];
    let approve = encode("approve(address,uint256)", &words);
    net.send(1, net.call(1, whetu, &approve).await).await;

    // The four strings are encoded as their offsets, followed by length and text of each.
    let texts = ["Compute", "Sums", "Compute Alpha", "CMP"];
    let mut words: Vec<B256> =
        (0..4_u64).map(|index| U256::from(128 + index * 64).into()).collect();
    for text in texts {
        words.push(U256::from(text.len()).into());
        words.push(B256::right_padding_from(text.as_bytes()));
    }
    let register = encode("registerNetwork(string,string,string,string)", &words);
    let call = json!({"from": net.address(1), "to": manager, "input": register});
    // Contracts that create contracts keep a 64th of their gas at each level.
    let estimate: U256 = net.get("eth_estimateGas", json!([call])).await;
    let registration =
        TxEip1559 { gas_limit: estimate.to(), ..net.call(1, manager, &register).await };
    let receipt = net.receipt(net.send(1, registration).await).await;
    assert_eq!(number(&receipt["status"]), 1, "{receipt}");

    let exists = encode("subnetExists(uint16)", &[U256::ONE.into()]);
    let call = json!({"to": manager, "input": exists});
    let answer: B256 = net.get("eth_call", json!([call])).await;
    assert_eq!(answer, B256::from(U256::ONE));
}
