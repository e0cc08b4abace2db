//! Transactions: what is tried, sent, lost, found again, replaced and refused.

mod confirming;
mod dry_runs;
mod journal;
mod nonces;
mod policies;
mod prices;
mod replacing;
mod script;
mod uncertainty;

use hetu_chain::{Address, Amount, Hetutensor, Wallet};
use jsonrpsee::core::client::ClientT;
use jsonrpsee::http_client::HttpClientBuilder;
use jsonrpsee::rpc_params;
use serde_json::Value;

use self::script::{Fault, ScriptedNode};
use crate::setup::{Chain, chain};

/// A chain behind a node that misbehaves, and account 2 with a wallet behind it.
struct Scene {
    chain: Chain,
    node: ScriptedNode,
    hetu: Hetutensor,
    friend: Address,
}

impl Scene {
    async fn new() -> Self {
        let chain = chain().await;
        let node = ScriptedNode::before(&chain.devnet).await;
        let hetu = node.connect().await.with_wallet(chain.wallet(2));
        Self { chain, node, hetu, friend: Wallet::random().address() }
    }

    /// What the friend was paid, in wei.
    async fn paid(&self) -> u128 {
        let straight = self.chain.connect().await;
        straight.tokens().balance(self.friend).await.unwrap().to_wei().unwrap()
    }

    /// How many transactions of the wallet blocks include.
    async fn mined(&self) -> u64 {
        let me = self.hetu.address().unwrap();
        let count = rpc(&self.chain, "eth_getTransactionCount", (me, "latest")).await;
        u64::from_str_radix(&count.as_str().unwrap()[2..], 16).unwrap()
    }

    async fn automine(&self, on: bool) {
        rpc(&self.chain, "evm_setAutomine", (on,)).await;
    }

    async fn snapshot(&self) -> Value {
        rpc(&self.chain, "evm_snapshot", ((),)).await
    }

    async fn revert(&self, snapshot: Value) {
        assert_eq!(rpc(&self.chain, "evm_revert", (snapshot,)).await, Value::Bool(true));
    }
}

/// Calls the devnet itself, past the node that misbehaves.
async fn rpc(chain: &Chain, method: &str, params: impl serde::Serialize) -> Value {
    let client = HttpClientBuilder::default().build(chain.devnet.http_url()).unwrap();
    let mut list = rpc_params![];
    let Value::Array(values) = serde_json::to_value(params).unwrap() else {
        panic!("parameters are a list");
    };
    for value in values.into_iter().filter(|value| !value.is_null()) {
        list.insert(value).unwrap();
    }
    client.request(method, list).await.unwrap()
}

fn wei(wei: u128) -> Amount {
    Amount::from_wei(wei)
}
