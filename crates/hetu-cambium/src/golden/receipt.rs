//! Receipts and the facts that they prove.

use http::StatusCode;
use serde::Serialize;

use super::{TARGET, VectorPeers, VectorSetting, hold_against};
use crate::{AccountId, Receipt, VerifiedReceipt};

#[derive(Serialize)]
struct ReceiptVectors {
    setting: VectorSetting,
    with_contents: Receipt,
    without_contents: Receipt,
    proves: ProvenFacts,
}

#[derive(Serialize)]
struct ProvenFacts {
    caller: String,
    miner: String,
    netuid: u16,
    method: String,
    target: String,
    status: u16,
    requested_at: u64,
    replied_at: u64,
}

#[test]
fn the_receipts_are_the_recorded_ones() {
    let peers = VectorPeers::new();
    let (content, reply) = (br#"{"x":5.0,"y":3.0}"#, br#"{"result":8.0}"#);
    let (parts, pending) = peers.send(&peers.signer(), TARGET, content, &peers.envelope());
    let request = peers.receive(&parts, content);
    let (headers, _) = peers.answer(&request, &pending, reply);
    let without_contents = pending.receipt(StatusCode::OK, &headers).unwrap();
    let with_contents = without_contents.clone().with_contents(content, reply);

    let VerifiedReceipt {
        caller,
        miner,
        netuid,
        method,
        target,
        status,
        requested_at,
        replied_at,
        ..
    } = with_contents.verify().unwrap();
    assert_eq!(caller, AccountId::new(super::CHAIN, peers.caller.address()));
    let proves = ProvenFacts {
        caller: caller.to_string(),
        miner: miner.to_string(),
        netuid: netuid.get(),
        method: method.to_string(),
        target,
        status: status.as_u16(),
        requested_at,
        replied_at,
    };
    let setting = peers.setting();
    hold_against(
        "receipt-v1.json",
        &ReceiptVectors { setting, with_contents, without_contents, proves },
    );
}
