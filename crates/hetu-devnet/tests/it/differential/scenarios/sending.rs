//! Scenarios: signed transactions and the reasons for which they are refused.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{B256, Bytes, Signature, TxKind, U256};
use serde_json::json;

use crate::differential::kit::{
    BOB, BOX, GWEI, address, call, created, creation, legacy, raw, signed, signed_by, transfer,
    with_access_list, word, words,
};
use crate::differential::script::{Scenario, scenario};
use crate::differential::{BLOCK_GAS_LIMIT, CHAIN_ID};

pub(super) fn scenarios() -> Vec<Scenario> {
    [taken(), waiting(), replaced(), malformed(), of_wrong_nonce(), too_dear(), of_wrong_gas()]
        .concat()
}

/// Returns a scenario that leaves incoming transactions pending.
fn held(name: &'static str) -> Scenario {
    scenario(name).ask("evm_setAutomine", json!([false]))
}

fn priced(nonce: u64, fee: u128, tip: u128) -> TxEip1559 {
    TxEip1559 { max_fee_per_gas: fee, max_priority_fee_per_gas: tip, ..transfer(nonce) }
}

fn taken() -> Vec<Scenario> {
    let list = AccessList(vec![AccessListItem { address: BOB, storage_keys: vec![word(1)] }]);
    let mined = |name, raw: String| {
        scenario(name)
            .send("transaction", raw)
            .ask("eth_getTransactionByHash", json!(["$transaction"]))
            .ask("eth_getTransactionReceipt", json!(["$transaction"]))
    };
    vec![
        mined("a legacy transaction is mined", signed(legacy(0))),
        mined("a transaction with a fee cap is mined", signed(transfer(0))),
        mined("a transaction with an empty access list is mined", signed(with_access_list(0))),
        mined(
            "a transaction with an access list is mined",
            signed(TxEip2930 { access_list: list.clone(), ..with_access_list(0) }),
        ),
        mined(
            "a transaction with a fee cap may have an access list",
            signed(TxEip1559 { access_list: list, gas_limit: 60_000, ..transfer(0) }),
        ),
        mined("a transaction may pay no tip", signed(priced(0, 2 * GWEI, 0))),
        mined(
            "a transaction may carry a message for an account without code",
            signed(TxEip1559 { input: "hello".into(), gas_limit: 60_000, ..transfer(0) }),
        ),
        mined(
            "an account may pay itself",
            signed(TxEip1559 { to: TxKind::Call(address(0)), ..transfer(0) }),
        ),
        scenario("a legacy transaction that any chain would take is refused")
            .not_sent(signed(TxLegacy { chain_id: None, ..legacy(0) })),
    ]
}

fn waiting() -> Vec<Scenario> {
    vec![
        held("a waiting transaction is found but has no receipt")
            .submit("transaction", signed(transfer(0)))
            .ask("eth_getTransactionByHash", json!(["$transaction"]))
            .ask("eth_getTransactionReceipt", json!(["$transaction"])),
        held("a legacy transaction that waits is found")
            .submit("transaction", signed(legacy(0)))
            .ask("eth_getTransactionByHash", json!(["$transaction"])),
        scenario("a gap of nonces is waited out")
            .submit("third", signed(transfer(2)))
            .submit("second", signed(transfer(1)))
            .ask("eth_blockNumber", json!([]))
            .ask("eth_getTransactionByHash", json!(["$third"]))
            .send("first", signed(transfer(0)))
            .mined("second")
            .mined("third")
            .ask("eth_getTransactionCount", json!([address(0), "latest"]))
            .ask("eth_getBalance", json!([BOB, "latest"])),
        held("what waits is counted")
            .submit("first", signed(transfer(0)))
            .submit("second", signed_by(1, transfer(0)))
            .submit("late", signed(transfer(5)))
            .ask("txpool_status", json!([])),
        held("what waits is shown")
            .submit("first", signed(transfer(0)))
            .submit("late", signed(transfer(5)))
            .ask("txpool_content", json!([]))
            .ask("txpool_inspect", json!([])),
        held("what waits is mined once mining begins")
            .submit("first", signed(transfer(0)))
            .ask("evm_setAutomine", json!([true]))
            .ask("evm_mine", json!([]))
            .mined("first")
            .ask("eth_getBalance", json!([BOB, "latest"])),
        scenario("a fee below the base fee waits")
            .submit("cheap", signed(priced(0, 1_000, 1_000)))
            .ask("eth_getTransactionByHash", json!(["$cheap"]))
            .ask("eth_blockNumber", json!([])),
    ]
}

fn replaced() -> Vec<Scenario> {
    let more = TxEip1559 { value: U256::from(2), ..priced(0, 20 * GWEI, 2 * GWEI) };
    let hardly_more = TxEip1559 { value: U256::from(2), ..priced(0, 10 * GWEI + 1, GWEI + 1) };
    let equal = TxEip1559 { value: U256::from(2), ..transfer(0) };
    vec![
        held("a better paid transaction replaces a waiting one")
            .submit("first", signed(transfer(0)))
            .submit("second", signed(more))
            .ask("eth_getTransactionByHash", json!(["$first"]))
            .ask("evm_mine", json!([]))
            .ask("eth_getBalance", json!([BOB, "latest"]))
            .ask("eth_getTransactionReceipt", json!(["$second"])),
        held("a replacement at the same price is refused")
            .submit("first", signed(transfer(0)))
            .not_sent(signed(equal)),
        held("a replacement that pays hardly more is refused")
            .submit("first", signed(transfer(0)))
            .not_sent(signed(hardly_more)),
        held("a waiting transaction is known already")
            .submit("first", signed(transfer(0)))
            .not_sent(signed(transfer(0))),
        scenario("a mined transaction is not taken again")
            .send("first", signed(transfer(0)))
            .not_sent(signed(transfer(0))),
    ]
}

fn malformed() -> Vec<Scenario> {
    let whole = signed(transfer(0));
    let cut = whole[..whole.len() - 2].to_owned();
    let unsigned = transfer(0).into_signed(Signature::new(U256::ZERO, U256::ZERO, false));
    let blob = TxEip4844 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        max_fee_per_gas: 10 * GWEI,
        max_priority_fee_per_gas: GWEI,
        max_fee_per_blob_gas: GWEI,
        to: BOB,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let blob = blob.into_signed(Signature::test_signature());
    vec![
        scenario("a transaction without bytes is refused").not_sent("0x"),
        scenario("a transaction that is cut short is refused").not_sent(cut),
        scenario("a transaction with a byte too many is refused").not_sent(format!("{whole}00")),
        scenario("a transaction of an unknown type is refused").not_sent("0x05c0"),
        scenario("an empty list is no transaction").not_sent("0xc0").not_sent("0x02c0"),
        scenario("a transaction is in hexadecimal digits").not_sent("0xzz").not_sent("hello"),
        scenario("a signature of zeros is no signature").not_sent(raw(unsigned)),
        scenario("a blob transaction without its blobs is refused").not_sent(raw(blob)),
        scenario("a transaction for another chain is refused")
            .not_sent(signed(TxEip1559 { chain_id: 1, ..transfer(0) }))
            .not_sent(signed(TxLegacy { chain_id: Some(1), ..legacy(0) }))
            .not_sent(signed(TxEip2930 { chain_id: 1, ..with_access_list(0) })),
    ]
}

fn of_wrong_nonce() -> Vec<Scenario> {
    vec![
        scenario("a nonce that is used up is refused")
            .send("first", signed(transfer(0)))
            .not_sent(signed(TxEip1559 { value: U256::from(2), ..transfer(0) })),
        scenario("the last nonce is refused").not_sent(signed(transfer(u64::MAX))),
        scenario("a nonce far ahead waits")
            .submit("late", signed(transfer(1_000)))
            .ask("eth_getTransactionCount", json!([address(0), "pending"])),
    ]
}

fn too_dear() -> Vec<Scenario> {
    let all_of_it = U256::from(1_000_000) * U256::from(10).pow(U256::from(18));
    vec![
        scenario("who has too little for the value is refused")
            .not_sent(signed(TxEip1559 { value: all_of_it + U256::ONE, ..transfer(0) })),
        scenario("who has too little for the fees is refused")
            .not_sent(signed(TxEip1559 { value: all_of_it, ..transfer(0) })),
        scenario("a cost beyond all bounds is refused")
            .not_sent(signed(TxEip1559 { value: U256::MAX, ..transfer(0) })),
        scenario("a tip above the highest fee is not taken").not_sent(signed(priced(
            0,
            2 * GWEI,
            3 * GWEI,
        ))),
    ]
}

fn of_wrong_gas() -> Vec<Scenario> {
    let with_gas = |gas_limit| TxEip1559 { gas_limit, ..transfer(0) };
    let long = Bytes::from(vec![0x5b; 49_153]);
    vec![
        scenario("gas that does not pay for the transaction itself is refused")
            .not_sent(signed(with_gas(20_999)))
            .not_sent(signed(with_gas(0))),
        scenario("gas that does not pay for the input is refused").not_sent(signed(TxEip1559 {
            gas_limit: 21_050,
            input: words(&[u64::MAX]),
            ..transfer(0)
        })),
        scenario("gas below the floor of the input is refused").not_sent(signed(TxEip1559 {
            gas_limit: 40_000,
            input: vec![1; 1_000].into(),
            ..transfer(0)
        })),
        scenario("gas that does not pay for a creation is refused")
            .not_sent(signed(TxEip1559 { gas_limit: 30_000, ..creation(0, BOX) })),
        scenario("more gas than a block has is refused")
            .not_sent(signed(with_gas(BLOCK_GAS_LIMIT + 1))),
        scenario("all the gas of a block may be asked for")
            .send("greedy", signed(with_gas(BLOCK_GAS_LIMIT)))
            .ask("eth_getTransactionReceipt", json!(["$greedy"])),
        scenario("creation code that is too long is refused").not_sent(signed(TxEip1559 {
            to: TxKind::Create,
            gas_limit: 20_000_000,
            input: long,
            value: U256::ZERO,
            ..transfer(0)
        })),
        scenario("gas that runs out is spent all the same")
            .send("creation", signed(creation(0, BOX)))
            .send(
                "short",
                signed(TxEip1559 { gas_limit: 23_000, ..call(1, created(0, 0), words(&[7])) }),
            )
            .ask("eth_getTransactionReceipt", json!(["$short"])),
    ]
}
