//! Following the chain: every event once and in order, despite broken connections and
//! reorganisations.

mod histories;
mod nodes;
mod outages;
mod reorganisations;
mod telling;

use std::time::Duration;

use hetu_chain::events::Events;
use hetu_chain::rpc::TransportOptions;
use hetu_chain::{Amount, Hetutensor, NetUid};
use serde_json::{Value, json};

use crate::faulty_node::rpc;
use crate::setup::Chain;

const POLL: Duration = Duration::from_millis(10);

fn impatient() -> TransportOptions {
    TransportOptions::default()
        .attempt_limit(Duration::from_millis(300))
        .call_limit(Duration::from_secs(2))
}

async fn connect(chain: &Chain, endpoints: Vec<hetu_chain::network::RpcUrl>) -> Hetutensor {
    let mut network = chain.network.clone();
    network.endpoints = endpoints;
    Hetutensor::connect_with(network, &impatient()).await.unwrap()
}

fn quick(hetu: &Hetutensor) -> Events {
    hetu.events().poll_interval(POLL)
}

async fn stake(hetu: &Hetutensor, amount: u64) {
    hetu.staking().add(Amount::from_hetu(amount)).await.unwrap();
}

async fn snapshot(chain: &Chain) -> Value {
    rpc(&chain.node, "evm_snapshot", json!([])).await
}

/// Drops the blocks after the snapshot, and mines as many other blocks and `longer` more.
async fn take_another_turn(chain: &Chain, snapshot: Value, longer: u64) {
    let height = chain.node.block_number().await;
    assert_eq!(rpc(&chain.node, "evm_revert", json!([snapshot])).await, json!(true));
    rpc(&chain.node, "evm_increaseTime", json!([1_000])).await;
    chain.node.mine(height - chain.node.block_number().await + longer).await;
}

/// Registers another subnet, after the required distance from the previous registration.
async fn another_subnet(chain: &Chain) -> NetUid {
    chain.node.mine(101).await;
    chain.active_subnet().await
}
