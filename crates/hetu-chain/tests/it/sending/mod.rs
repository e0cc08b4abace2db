//! Transactions: simulation, sending, loss, recovery, replacement and refusal.

mod confirming;
mod dry_runs;
mod fee_ceilings;
mod journal;
mod nonces;
mod policies;
mod prices;
mod replacing;
mod script;
mod together;
mod uncertainty;

use hetu_chain::{Address, Amount, Hetutensor, TxHash, Wallet};
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::http_client::HttpClientBuilder;
use serde_json::{Value, json};

use self::script::{Fault, ScriptedNode};
use crate::node::Listens;
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
        Self::on(chain().await).await
    }

    async fn on(chain: Chain) -> Self {
        let node = ScriptedNode::before(&chain.node).await;
        let hetu = node.connect().await.with_wallet(chain.wallet(2));
        Self { chain, node, hetu, friend: Wallet::random().address() }
    }

    /// Returns the balance of the friend, in wei.
    async fn paid(&self) -> u128 {
        let straight = self.chain.connect().await;
        straight.tokens().balance(self.friend).await.unwrap().to_wei().unwrap()
    }

    /// Returns the number of mined transactions of the wallet.
    async fn mined(&self) -> u64 {
        let me = self.hetu.address().unwrap();
        let count = rpc(&self.chain, "eth_getTransactionCount", json!([me, "latest"])).await;
        u64::from_str_radix(&count.as_str().unwrap()[2..], 16).unwrap()
    }

    async fn automine(&self, on: bool) {
        self.chain.node.set_automine(on).await;
    }

    /// Makes the node drop a pending transaction.
    async fn lose(&self, transaction: TxHash) {
        rpc(&self.chain, "anvil_dropTransaction", json!([transaction])).await;
    }
}

/// Calls the devnet itself, without the node that misbehaves.
async fn rpc(chain: &Chain, method: &str, params: Value) -> Value {
    let client = HttpClientBuilder::default().build(chain.node.http_url()).unwrap();
    let Value::Array(values) = params else {
        panic!("parameters are a list");
    };
    let mut list = ArrayParams::new();
    for value in values {
        list.insert(value).unwrap();
    }
    client.request(method, list).await.unwrap()
}

fn wei(wei: u128) -> Amount {
    Amount::from_wei(wei)
}
