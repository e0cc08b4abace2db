//! Refusals for nonce, balance and fee in the words of nodes.

use hetu_chain::rpc::RpcError;
use hetu_chain::{Amount, ChainError, Hetutensor};
use serde_json::{Value, json};

use super::{SEND, at, error, error_in, friend, plain, transactions, wei};
use crate::dialect_node::Envelope;
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, devnet_chain};

/// Returns a client of account 2 at a node that refuses its next transaction with this error.
async fn refusing(chain: &Chain, code: i32, message: &'static str) -> (FaultyNode, Hetutensor) {
    let node = plain(chain).await;
    let hetu = Hetutensor::connect(at(chain, &[&node])).await.unwrap();
    let refuses_next = std::sync::atomic::AtomicBool::new(true);
    node.behave(move |request: &Value| {
        let is_sent = is_call_of(request, SEND);
        match is_sent && refuses_next.swap(false, std::sync::atomic::Ordering::Relaxed) {
            true => error_in(request, Envelope::Plain, "200 OK", error(code, message)),
            false => Fault::None,
        }
    });
    (node, hetu.with_wallet(chain.wallet(2)))
}

#[tokio::test]
async fn nonce_words_take_next_nonce() {
    let chain = devnet_chain().await;
    for (code, message) in [
        (-32_000, "nonce too low: next nonce 5, tx nonce 4"),
        (-32_010, "OldNonce, Current nonce: 5, nonce of rejected tx: 4"),
        (-32_000, "wrong transaction nonce"),
        (-38_010, "no"),
        (-32_603, "submit transaction to pool failed: Pool(InvalidTransaction(Stale))"),
        (-32_010, "Transaction nonce is too low. Try incrementing the nonce."),
    ] {
        let (node, hetu) = refusing(&chain, code, message).await;
        let next = transactions(&chain, hetu.address().unwrap()).await;
        let mut sent = hetu.tokens().transfer(friend(), wei(1)).send().await.unwrap();
        assert_eq!(u128::from(sent.nonce()), next + 1, "{message}");
        assert_eq!(node.count(SEND), 2, "{message}");
        // The nonce that the node reported as used was free, so its gap has to be filled.
        let straight = chain.connect_as(2).await;
        straight.tokens().transfer(friend(), wei(1)).await.unwrap();
        sent.confirmed().await.unwrap();
    }
}

#[tokio::test]
async fn nonce_words_of_nonce_ahead_do_not_take_next_nonce() {
    let chain = devnet_chain().await;
    for message in [
        "nonce too high",
        "invalid nonce; got 7, expected 5: invalid sequence",
        "account sequence mismatch, expected 5, got 7: incorrect account sequence",
    ] {
        let (node, hetu) = refusing(&chain, -32_000, message).await;
        let refused = hetu.tokens().transfer(friend(), wei(1)).await.unwrap_err();
        assert!(matches!(refused, ChainError::Rpc(RpcError::Refused { .. })), "{refused}");
        assert_eq!(node.count(SEND), 1, "{message}");
    }
}

#[tokio::test]
async fn nonce_words_balance_too_low_is_insufficient_funds() {
    let chain = devnet_chain().await;
    for message in [
        "insufficient funds for gas * price + value",
        "InsufficientFunds, Account balance: 0, cumulative cost: 1",
        "Upfront cost exceeds account balance",
        "Pool(InvalidTransaction(Payment))",
        "sender doesn't have enough funds to send tx",
    ] {
        let (node, hetu) = refusing(&chain, -32_010, message).await;
        let refused = hetu.tokens().transfer(friend(), wei(1)).await.unwrap_err();
        assert!(matches!(refused, ChainError::InsufficientFunds { .. }), "{message}: {refused}");
        assert_eq!(node.count(SEND), 1, "{message}");
    }
}

#[tokio::test]
async fn nonce_words_fee_too_low_names_base_fee() {
    let chain = devnet_chain().await;
    let raised = json!("0xffffffffff");
    for message in [
        "transaction underpriced",
        "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7",
        "max fee per gas less than block base fee",
        "gas price below configured minimum gas price",
    ] {
        let node = plain(&chain).await;
        let hetu = Hetutensor::connect(at(&chain, &[&node])).await.unwrap();
        let hetu = hetu.with_wallet(chain.wallet(2));
        let (raised, is_refused) = (raised.clone(), std::sync::atomic::AtomicBool::new(false));
        node.behave(move |request| {
            let raised = raised.clone();
            if is_call_of(request, SEND) {
                is_refused.store(true, std::sync::atomic::Ordering::Relaxed);
                return error_in(request, Envelope::Plain, "200 OK", error(-32_000, message));
            }
            // The base fee has risen since the transaction was priced.
            let has_risen = is_refused.load(std::sync::atomic::Ordering::Relaxed);
            if has_risen && is_call_of(request, "eth_getBlockByNumber") {
                return Fault::Change(Box::new(move |answer| {
                    answer["result"]["baseFeePerGas"] = raised.clone();
                }));
            }
            Fault::None
        });
        let refused = hetu.tokens().transfer(friend(), wei(1)).await.unwrap_err();
        let ChainError::FeeTooLow { needed, .. } = refused else { panic!("{message}: {refused}") };
        assert_eq!(needed, Amount::from_wei(0xff_ffff_ffff), "{message}");
    }
}
