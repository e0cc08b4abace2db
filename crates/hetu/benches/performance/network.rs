//! The chain: a subnet with a validator and many registered endpoints of miners.

use hetu::chain::model::{HyperparameterChanges, NewSubnet, Registration};
use hetu::{Amount, Hetutensor, NetUid, Wallet};
use hetu_devnet::{DevAccount, Devnet};

/// The number of miners that a broadcast reaches.
pub(crate) const MINERS: u32 = 256;
pub(crate) const NETUID: NetUid = NetUid::new(1);
const VALIDATOR: u32 = 1;
/// The account of the first miner, which serves alone; the later ones serve together.
const FIRST_MINER: u32 = 2;

#[derive(Debug)]
pub(crate) struct Network {
    devnet: Devnet,
}

impl Network {
    pub(crate) async fn open() -> Self {
        let devnet = Devnet::builder()
            .accounts(FIRST_MINER + 1 + MINERS)
            .balance(Amount::from_hetu(1_000_000))
            .start()
            .await
            .unwrap();
        let owner = devnet.connect_as(0).await.unwrap();
        let subnet = NewSubnet {
            name: "Echoes".into(),
            description: "Miners say what they hear.".into(),
            token_name: "Echo".into(),
            token_symbol: "ECHO".into(),
        };
        let rules =
            HyperparameterChanges { max_registrations_per_block: Some(10), ..Default::default() };
        let price = owner.subnets().lock_cost().await.unwrap();
        let registered = owner.subnets().register_with(&subnet, &rules, price).await.unwrap();
        assert_eq!(registered.netuid, NETUID);
        owner.subnets().activate(NETUID).await.unwrap();
        let validator = devnet.connect_as(VALIDATOR as usize).await.unwrap();
        let registration = Registration::validator(NETUID, Amount::from_hetu(500));
        validator.dendrons().ensure(&registration).await.unwrap();
        Self { devnet }
    }

    pub(crate) fn rpc_url(&self) -> String {
        self.devnet.http_url()
    }
}

fn wallet(account: u32) -> Wallet {
    Wallet::from_mnemonic(DevAccount::MNEMONIC, account).unwrap()
}

async fn connect(account: u32) -> Hetutensor {
    let network = hetu::Network::from_environment().unwrap();
    Hetutensor::connect(network).await.unwrap().with_wallet(wallet(account))
}

/// Connects as the validator from another process.
pub(crate) async fn validator() -> Hetutensor {
    connect(VALIDATOR).await
}

/// Connects as a miner.
pub(crate) async fn miner(place: u32) -> Hetutensor {
    connect(FIRST_MINER + place).await
}
