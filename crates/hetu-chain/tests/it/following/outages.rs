//! Connections that break and nodes that stop.

use std::time::Duration;

use hetu_chain::Hetutensor;
use hetu_devnet::Devnet;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{connect, impatient, quick, stake};
use crate::faulty_node::{Fault, FaultyNode, rpc};
use crate::ledger::{Ledger, logs_of_node};
use crate::node::Listens;
use crate::proxy::Proxy;
use crate::setup::{Chain, chain};

#[tokio::test]
async fn a_subscription_tells_of_blocks_long_before_the_next_poll() {
    let chain = chain().await;
    let proxy = Proxy::to(chain.node.address()).await;
    let hetu = connect(&chain, vec![proxy.http(), proxy.ws()]).await;
    let hetu = hetu.with_wallet(chain.wallet(2));
    let mut stream = hetu.events().poll_interval(Duration::from_secs(3_600)).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    // The first wait ends at the subscription, the others at its notifications.
    for amount in 1..=3 {
        let (_, ()) = tokio::join!(stake(&hetu, amount), ledger.follow_one(&mut stream));
        ledger.follow_to_head(&mut stream, &hetu).await;
    }
    drop(stream);
    drop(hetu);
    let deadline = Instant::now() + Duration::from_secs(10);
    while proxy.open() > 0 {
        assert!(Instant::now() < deadline, "the subscription outlives the stream");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn subscriptions_that_hang_break_or_fall_silent_are_made_up_for_by_polling() {
    let chain = chain().await;
    let wire = Proxy::to(chain.node.address()).await;
    for fault in [Proxy::stall, Proxy::kill, Proxy::cut] {
        for is_late in [false, true] {
            wire.connect(chain.node.address());
            if !is_late {
                fault(&wire);
            }
            let http = chain.network.endpoints[0].clone();
            let hetu = connect(&chain, vec![wire.ws(), http]).await.with_wallet(chain.wallet(2));
            let mut stream = quick(&hetu).follow();
            let mut ledger = Ledger::default();
            ledger.follow_one(&mut stream).await;
            for amount in 1..=5 {
                if is_late && amount == 3 {
                    fault(&wire);
                }
                stake(&hetu, amount).await;
                ledger.follow_to_head(&mut stream, &hetu).await;
            }
        }
    }
}

#[tokio::test]
async fn a_node_that_goes_away_and_comes_back_is_followed_on() {
    let chain = chain().await;
    let wire = Proxy::to(chain.node.address()).await;
    let hetu = connect(&chain, vec![wire.http(), wire.ws()]).await;
    let staker = chain.connect_as(2).await;
    let first = hetu.block().await.unwrap().id.number + 1;
    let mut stream = quick(&hetu).from_block(first).follow();
    let mut ledger = Ledger::default();
    for fault in [Proxy::kill, Proxy::stall] {
        stake(&staker, 1).await;
        ledger.follow_to_head(&mut stream, &staker).await;
        fault(&wire);
        for amount in 1..=3 {
            stake(&staker, amount).await;
        }
        let nothing = tokio::time::timeout(Duration::from_millis(400), stream.next()).await;
        assert!(nothing.is_err(), "{nothing:?}");
        wire.connect(chain.node.address());
        ledger.follow_to_head(&mut stream, &staker).await;
    }
    assert_eq!(ledger.positions(), logs_of_node(&chain, first).await);
}

#[tokio::test]
async fn a_node_that_is_stopped_and_started_again_is_followed_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Devnet::builder().state_folder(folder.path());
    let devnet = settings.clone().start().await.unwrap();
    let (port, network) = (devnet.address().port(), devnet.network());
    let watcher = Hetutensor::connect_with(network, &impatient()).await.unwrap();
    let first = watcher.block().await.unwrap().id.number + 1;
    let mut stream = quick(&watcher).from_block(first).follow();
    let mut ledger = Ledger::default();
    stake(&devnet.connect_as(2).await.unwrap(), 1).await;
    ledger.follow_to_head(&mut stream, &devnet.connect_as(2).await.unwrap()).await;
    let told = ledger.events.len();

    devnet.stop().await;
    let devnet = settings.port(port).start().await.unwrap();
    let staker = devnet.connect_as(2).await.unwrap();
    stake(&staker, 2).await;
    ledger.follow_to_head(&mut stream, &staker).await;
    assert!(ledger.events.len() > told);
    assert_eq!(ledger.reorgs, [0; 0]);
    assert_eq!(ledger.positions(), logs_of_node(&Chain::of(devnet.into()), first).await);
}

#[tokio::test]
async fn a_node_that_stands_still_holds_nobody_up() {
    let chain = chain().await;
    let staker = chain.connect_as(2).await;
    let newest = rpc(&chain.node, "eth_getBlockByNumber", json!(["latest", false])).await;
    let stands_still = move |request: &Value| match request["params"][0] == "latest" {
        true => Fault::body(
            json!({ "jsonrpc": "2.0", "id": request["id"], "result": newest }).to_string(),
        ),
        false => Fault::None,
    };
    let still = FaultyNode::before(&chain.node, stands_still).await;
    let hetu = connect(&chain, vec![still.url(), chain.network.endpoints[0].clone()]).await;
    let mut stream = quick(&hetu).follow();
    let mut ledger = Ledger::default();
    ledger.follow_one(&mut stream).await;
    for amount in 1..=3 {
        stake(&staker, amount).await;
        ledger.follow_to_head(&mut stream, &staker).await;
    }
}
