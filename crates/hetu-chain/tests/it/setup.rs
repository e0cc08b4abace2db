//! A chain with funded accounts.

use hetu_chain::client::Revert;
use hetu_chain::model::{NewSubnet, RawEndpoint, Registration, Weight};
use hetu_chain::{Address, Amount, ChainError, Hetutensor, NetUid, Network, Wallet};

use crate::node::{self, Listens, Node};

pub(crate) struct Chain {
    pub(crate) node: Node,
    pub(crate) network: Network,
}

pub(crate) async fn chain() -> Chain {
    Chain::of(Node::spawn().await)
}

/// Starts a devnet regardless of `HETU_TEST_NODE`: it mines many blocks at once, reorganises
/// without losing transactions, and signs none.
pub(crate) async fn devnet_chain() -> Chain {
    Chain::of(Node::devnet().await)
}

impl Chain {
    pub(crate) fn of(node: Node) -> Self {
        let network = node.network();
        Self { node, network }
    }

    pub(crate) async fn connect(&self) -> Hetutensor {
        Hetutensor::connect(self.network.clone()).await.unwrap()
    }

    /// Connects as the funded account with this index.
    pub(crate) async fn connect_as(&self, account: usize) -> Hetutensor {
        self.connect().await.with_wallet(self.wallet(account))
    }

    pub(crate) fn wallet(&self, account: usize) -> Wallet {
        node::wallet(account)
    }

    /// Registers a subnet of account 1 that accepts dendrons.
    pub(crate) async fn active_subnet(&self) -> NetUid {
        self.open_subnet(&self.connect_as(1).await).await
    }

    /// Registers a subnet of `owner` that accepts dendrons.
    pub(crate) async fn open_subnet(&self, owner: &Hetutensor) -> NetUid {
        let price = owner.subnets().lock_cost().await.unwrap();
        let netuid = owner.subnets().register(&new_subnet(), price).await.unwrap().netuid;
        owner.subnets().activate(netuid).await.unwrap();
        netuid
    }
}

pub(crate) fn new_subnet() -> NewSubnet {
    NewSubnet {
        name: "Sums".into(),
        description: "Adds numbers".into(),
        token_name: "Sum".into(),
        token_symbol: "SUM".into(),
    }
}

pub(crate) fn miner_of(netuid: NetUid, stake: u64) -> Registration {
    Registration::miner(netuid, Amount::from_hetu(stake), RawEndpoint::new("127.0.0.1", 8091))
}

pub(crate) fn validator_of(netuid: NetUid, stake: u64) -> Registration {
    Registration::validator(netuid, Amount::from_hetu(stake))
}

pub(crate) fn weight(dendron: Address, weight: u128) -> Weight {
    Weight { dendron, weight }
}

/// Returns the name of the custom error by which a contract refused.
pub(crate) fn refusal(error: ChainError) -> String {
    let ChainError::Reverted { revert: Revert::Custom { name, .. }, .. } = error else {
        panic!("no custom error: {error}");
    };
    name
}
