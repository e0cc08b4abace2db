//! Contracts that misbehave instead of answering: the result is an ordinary refusal, and the
//! verifier is not harmed.

use hetu_chain::Hetutensor;
use hetu_chain::identity::AccountSignature::{Invalid, Valid};
use serde_json::Value;

use super::kit::{Factory, Oddity, behind, judge_on, odd_wallet, verdict, wrapped};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::chain;

const MISBEHAVING: [Oddity; 14] = [
    Oddity::Unprepared,
    Oddity::Revert,
    Oddity::RevertWithMagic,
    Oddity::InvalidInstruction,
    Oddity::BurnGas,
    Oddity::ReturnBomb,
    Oddity::RevertBomb,
    Oddity::Nothing,
    Oddity::ShortMagic,
    Oddity::LongMagic,
    Oddity::RightAlignedMagic,
    Oddity::DirtyMagic,
    Oddity::True,
    Oddity::Write,
];

#[tokio::test]
async fn whatever_is_not_the_magic_word_alone_is_invalid() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let judge = judge_on(&hetu);
    let factory = Factory::of(&chain, &hetu).await;
    let well_behaved = odd_wallet(&hetu, Oddity::None).await;
    assert_eq!(verdict(&judge, well_behaved, b"any").await, Valid);
    for oddity in MISBEHAVING {
        let account = odd_wallet(&hetu, oddity).await;
        assert_eq!(verdict(&judge, account, b"any").await, Invalid, "{oddity:?}");
        let wrapper = wrapped(factory.address, b"burns all gas", b"any");
        assert_eq!(verdict(&judge, account, &wrapper).await, Invalid, "{oddity:?} in a wrapper");
    }
}

#[tokio::test]
async fn however_much_a_contract_returns_a_node_answers_with_one_byte() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let node = FaultyNode::before(&chain.node, |request| {
        let is_asked = is_call_of(request, "eth_call");
        if is_asked { Fault::Change(Box::new(require_one_byte)) } else { Fault::None }
    })
    .await;
    let judge = judge_on(&Hetutensor::connect(behind(&chain, &[&node])).await.unwrap());
    for oddity in [Oddity::ReturnBomb, Oddity::RevertBomb] {
        let account = odd_wallet(&hetu, oddity).await;
        assert_eq!(verdict(&judge, account, b"any").await, Invalid, "{oddity:?}");
    }
    assert_eq!(node.count("eth_call"), 2);
}

fn require_one_byte(answer: &mut Value) {
    assert_eq!(answer["result"], "0x00", "{answer}");
}

#[tokio::test]
async fn a_contract_gets_no_more_gas_than_allowed() {
    let chain = chain().await;
    let hetu = chain.connect_as(1).await;
    let account = odd_wallet(&hetu, Oddity::None).await;
    assert_eq!(verdict(&judge_on(&hetu).gas(300_000), account, b"any").await, Valid);
    // Creation code, its arguments and the reserve exhaust this limit.
    assert_eq!(verdict(&judge_on(&hetu).gas(160_000), account, b"any").await, Invalid);
}
