//! Memory use of a chain that runs for long.
#![expect(clippy::print_stdout, reason = "the course of it is worth more than the verdict")]

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use hetu_devnet::Devnet;
use hetu_testkit::process::resident_bytes;
use jsonrpsee::core::client::{BatchResponse, ClientT};
use jsonrpsee::core::params::BatchRequestBuilder;
use jsonrpsee::rpc_params;

use crate::support::Net;

const TRANSACTIONS: u64 = 50_000;
const WARM_UP: u64 = 10_000;
const BATCH: u64 = 500;
/// The allowed growth of memory after the warm-up, in bytes.
const ALLOWANCE: usize = 8 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_over_fifty_thousand_transactions() {
    let net = Net::spawn(Devnet::builder().with_contracts(false).history(64)).await;
    let address = net.create_box().await;
    let mut settled = 0;
    let started = tokio::time::Instant::now();
    for sent in (0..TRANSACTIONS).step_by(BATCH as usize) {
        fill(&net, address, sent + 1).await;
        let done = sent + BATCH;
        if done == WARM_UP {
            settled = resident_bytes();
        }
        if done.is_multiple_of(5_000) {
            println!(
                "{done} transactions in {:.1} s: {} KiB",
                started.elapsed().as_secs_f32(),
                resident_bytes() / 1_024
            );
        }
    }
    assert_eq!(net.devnet.block_number(), TRANSACTIONS + 1);
    let growth = resident_bytes().saturating_sub(settled);
    println!("{growth} bytes more than after {WARM_UP} transactions");
    assert!(growth < ALLOWANCE, "memory has grown by {growth} bytes");
}

/// Sends a batch of transactions, each of which writes a slot and a log.
async fn fill(net: &Net, to: Address, first_nonce: u64) {
    let mut batch = BatchRequestBuilder::new();
    for nonce in first_nonce..first_nonce + BATCH {
        let transaction = TxEip1559 {
            chain_id: net.devnet.chain_id().get(),
            nonce,
            gas_limit: 60_000,
            max_fee_per_gas: 2_000_000_000,
            to: TxKind::Call(to),
            input: Bytes::copy_from_slice(&U256::from(nonce).to_be_bytes::<32>()),
            ..TxEip1559::default()
        };
        batch.insert("eth_sendRawTransaction", rpc_params![net.sign(0, transaction)]).unwrap();
    }
    let hashes: BatchResponse<'_, String> = net.http.batch_request(batch).await.unwrap();
    assert_eq!(hashes.num_successful_calls() as u64, BATCH);
}
