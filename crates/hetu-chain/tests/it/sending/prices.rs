//! The gas prices of transactions.

use hetu_chain::{Amount, ChainError, Retryable, Wallet};
use serde_json::json;

use super::{Fault, Scene, rpc, wei};

const ALWAYS: usize = usize::MAX;

#[tokio::test]
async fn a_chain_without_a_base_fee_gets_legacy_transactions() {
    let scene = Scene::new().await;
    scene.node.fail("eth_getBlockByNumber", ALWAYS, Fault::Without(&["baseFeePerGas"]));
    let receipt = scene.hetu.tokens().transfer(scene.friend, wei(3)).await.unwrap();
    let sent = rpc(&scene.chain, "eth_getTransactionByHash", json!([receipt.transaction])).await;
    assert_eq!(sent["type"], "0x0");
    assert_eq!(scene.paid().await, 3);
}

#[tokio::test]
async fn a_node_without_an_opinion_on_tips_is_asked_for_its_history() {
    let scene = Scene::new().await;
    scene.node.fail("eth_maxPriorityFeePerGas", ALWAYS, Fault::Error(-32_601, "no such method"));
    let receipt = scene.hetu.tokens().transfer(scene.friend, wei(3)).await.unwrap();
    let sent = rpc(&scene.chain, "eth_getTransactionByHash", json!([receipt.transaction])).await;
    assert_eq!(sent["type"], "0x2");
    assert_eq!(scene.node.calls("eth_feeHistory").len(), 1);

    scene.node.fail("eth_feeHistory", ALWAYS, Fault::Error(-32_601, "no such method"));
    scene.hetu.tokens().transfer(scene.friend, wei(4)).await.unwrap();
    assert_eq!(scene.paid().await, 7);
}

#[tokio::test]
async fn gas_and_fees_can_be_given() {
    let scene = Scene::new().await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1));
    let fee = wei(5_000_000_000);
    let call = call.gas_limit(30_000).max_fee_per_gas(fee).max_priority_fee_per_gas(wei(7));
    let receipt = call.await.unwrap();
    let sent = rpc(&scene.chain, "eth_getTransactionByHash", json!([receipt.transaction])).await;
    assert_eq!(sent["gas"], "0x7530");
    assert_eq!(sent["maxFeePerGas"], "0x12a05f200");
    assert_eq!(sent["maxPriorityFeePerGas"], "0x7");
}

#[tokio::test]
async fn a_fee_below_the_base_fee_is_refused_before_signing() {
    let scene = Scene::new().await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).max_fee_per_gas(wei(1));
    let error = call.await.unwrap_err();
    assert!(matches!(error, ChainError::FeeTooLow { .. }), "{error}");
    assert!(error.retryability().is_retryable());
    assert!(scene.node.calls("eth_sendRawTransaction").is_empty());
}

#[tokio::test]
async fn a_wallet_that_cannot_pay_is_told_before_anything_is_sent() {
    let scene = Scene::new().await;
    let poor = Wallet::random();
    scene.hetu.tokens().transfer(poor.address(), Amount::from_hetu(1)).await.unwrap();
    let sent = scene.node.calls("eth_sendRawTransaction").len();
    let hetu = scene.node.connect().await.with_wallet(poor);
    for amount in [Amount::from_hetu(2), Amount::from_hetu(1)] {
        let error = hetu.tokens().transfer(scene.friend, amount).await.unwrap_err();
        let ChainError::InsufficientFunds { held, needed, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(held, Amount::from_hetu(1));
        assert!(needed > held, "one HETU does not pay for one HETU and gas");
    }
    assert_eq!(scene.node.calls("eth_sendRawTransaction").len(), sent);
}

#[tokio::test]
async fn more_gas_than_a_block_has_is_refused() {
    let scene = Scene::new().await;
    let call = scene.hetu.tokens().transfer(scene.friend, wei(1)).gas_limit(u64::MAX / 2);
    let error = call.await.unwrap_err();
    assert!(matches!(error, ChainError::TooMuchGas { .. }), "{error}");
}
