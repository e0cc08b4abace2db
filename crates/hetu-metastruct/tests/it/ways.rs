//! Reads of a whole subnet, by each method that its node supports.

use std::sync::{Arc, Mutex};

use hetu_chain::{Hetutensor, NetUid};
use hetu_devnet::Devnet;
use hetu_metastruct::{Metastruct, SyncMethod, SyncProgress};
use serde_json::Value;

use crate::crowd::crowded_anvil;
use crate::gateway::{Fault, Gateway, REFUSED};
use crate::scene::{Chain, NEVER};

fn is_large_call(call: &Value) -> bool {
    let params = &call["params"];
    call["method"] == "eth_call" && (params.get(2).is_some() || params[0].get("to").is_none())
}

/// Reads the subnet, and returns the reported progress.
async fn read(hetu: Hetutensor, netuid: NetUid) -> (Metastruct, Vec<SyncProgress>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    let builder = Metastruct::builder(hetu, netuid).refresh_interval(NEVER);
    let builder = builder.on_progress(move |progress| teller.lock().unwrap().push(progress));
    let metastruct = builder.start().await.unwrap();
    let told = told.lock().unwrap().clone();
    (metastruct, told)
}

/// Runs on the embedded chain, or on the node that `HETU_TEST_NODE` selects.
#[tokio::test]
async fn a_subnet_of_4096_is_read_in_twelve_calls_and_told_of_page_by_page() {
    match std::env::var("HETU_TEST_NODE").as_deref() {
        Ok("anvil") => {
            let crowded = crowded_anvil(4_096).await;
            let (address, network) = (crowded.anvil.address(), crowded.network);
            let gateway = Gateway::before(address, network, crowded.netuid).await;
            assert_few_calls(gateway.patient()).await;
        }
        _ => {
            let chain = Chain::busy(Devnet::builder()).await;
            chain.populate(4_096).await;
            assert_few_calls(Gateway::to(&chain).await.patient()).await;
        }
    }
}

async fn assert_few_calls(gateway: Gateway) {
    for is_deployed in [true, false] {
        let hetu = match is_deployed {
            true => gateway.connect().await,
            false => gateway.connect_without_lens().await,
        };
        gateway.take_count();
        let (metastruct, told) = read(hetu, gateway.netuid()).await;
        assert_eq!(metastruct.view().len(), 4_096);
        let calls = gateway.take_count();
        assert!(calls <= 12, "{calls} calls");
        assert!(told.iter().all(|progress| progress.method == SyncMethod::Pages));
        assert!(told.is_sorted_by_key(|progress| progress.read), "{told:?}");
        assert_eq!(told.last().map(|last| (last.read, last.total)), Some((4_096, 4_096)));
    }
}

#[tokio::test]
async fn without_large_calls_events_are_replayed_and_without_those_each_dendron_is_read() {
    let chain = Chain::busy(Devnet::builder()).await;
    chain.populate(300).await;
    let stays = chain.connect_as(2).await;
    let registration = hetu_chain::model::Registration::validator(
        chain.netuid,
        hetu_chain::Amount::from_hetu(700),
    );
    stays.dendrons().ensure(&registration).await.unwrap();
    stays.staking().allocate(chain.netuid, hetu_chain::Amount::from_hetu(100)).await.unwrap();
    let here = hetu_chain::model::RawEndpoint::new("8.8.8.8", 80);
    stays.dendrons().update_endpoints(chain.netuid, &here, &here).await.unwrap();
    let leaves = chain.connect_as(3).await;
    let registration = hetu_chain::model::Registration::validator(
        chain.netuid,
        hetu_chain::Amount::from_hetu(500),
    );
    leaves.dendrons().ensure(&registration).await.unwrap();
    leaves.dendrons().deregister(chain.netuid).await.unwrap();
    let expected = chain.fresh_read().await;

    let gateway = Gateway::to(&chain).await.patient();
    gateway.behave(|call| if is_large_call(call) { REFUSED } else { Fault::None });
    let (metastruct, told) = read(gateway.connect_without_lens().await, chain.netuid).await;
    assert_eq!(*metastruct.view(), expected);
    assert!(told.iter().all(|progress| progress.method == SyncMethod::Replay), "{told:?}");
    assert_eq!(told.last().map(|last| (last.read, last.total)), Some((301, 301)));

    gateway.behave(|call| match is_large_call(call) || call["method"] == "eth_getLogs" {
        true => REFUSED,
        false => Fault::None,
    });
    let (metastruct, told) = read(gateway.connect_without_lens().await, chain.netuid).await;
    assert_eq!(*metastruct.view(), expected);
    assert_eq!(told.last().map(|last| (last.method, last.read)), Some((SyncMethod::Calls, 301)));

    // Pruned events do not make a wrong view.
    gateway.behave(|call| match call["method"] == "eth_getLogs" {
        true => Fault::Change(Box::new(|answer| {
            if let Some(logs) = answer["result"].as_array_mut() {
                logs.truncate(logs.len() / 2);
            }
        })),
        false if is_large_call(call) => REFUSED,
        false => Fault::None,
    });
    let (metastruct, told) = read(gateway.connect_without_lens().await, chain.netuid).await;
    assert_eq!(*metastruct.view(), expected);
    assert_eq!(told.last().map(|last| last.method), Some(SyncMethod::Calls));
}

#[tokio::test]
async fn the_published_contracts_are_followed_too() {
    let chain = Chain::of(Devnet::builder().published_interface(true)).await;
    chain.join(1, hetu_chain::model::Role::Miner, 300, crate::scene::endpoint(8_091)).await;
    let metastruct = chain.follow().await;
    assert_eq!(metastruct.view().len(), 1);
    chain.join(2, hetu_chain::model::Role::Validator, 600, crate::scene::endpoint(8_092)).await;
    metastruct.refresh().await.unwrap();
    let staker = chain.connect_as(1).await;
    staker.staking().allocate(chain.netuid, hetu_chain::Amount::from_hetu(250)).await.unwrap();
    metastruct.refresh().await.unwrap();
    assert_eq!(*metastruct.view(), chain.fresh_read().await);
}
