//! A chain, and people with money on it.

use hetu_chain::{
    Address, Amount, ChainError, Hetutensor, NetUid, Network, NewSubnet, RawEndpoint, Registration,
    Revert, Wallet, Weight,
};
use hetu_devnet::Devnet;

pub(crate) struct Chain {
    pub(crate) devnet: Devnet,
    pub(crate) network: Network,
}

pub(crate) async fn chain() -> Chain {
    Chain::of(Devnet::builder().spawn().await.unwrap())
}

impl Chain {
    pub(crate) fn of(devnet: Devnet) -> Self {
        let network = devnet.network();
        Self { devnet, network }
    }

    pub(crate) async fn connect(&self) -> Hetutensor {
        Hetutensor::connect(self.network.clone()).await.unwrap()
    }

    /// A connection in the name of the funded account with this index.
    pub(crate) async fn connect_as(&self, account: usize) -> Hetutensor {
        self.devnet.connect_as(account).await.unwrap()
    }

    pub(crate) fn wallet(&self, account: usize) -> Wallet {
        self.devnet.accounts()[account].wallet.clone()
    }

    /// A subnet of account 1 that takes dendrons.
    pub(crate) async fn active_subnet(&self) -> NetUid {
        self.devnet.open_subnet(&self.connect_as(1).await).await.unwrap()
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

/// The name of the custom error by which a contract refused.
pub(crate) fn refusal(error: ChainError) -> String {
    let ChainError::Reverted { revert: Revert::Custom { name, .. }, .. } = error else {
        panic!("no custom error: {error}");
    };
    name
}
