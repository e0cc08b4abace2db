//! A chain with a subnet, and participants that join and leave.

use std::time::Duration;

use hetu_chain::model::{HyperparameterChanges, NewSubnet, RawEndpoint, Registration, Role};
use hetu_chain::{Amount, Hetutensor, NetUid};
use hetu_devnet::{Devnet, DevnetBuilder, Mining, Population};
use hetu_metastruct::{Metastruct, MetastructBuilder, View};

/// Long enough that only the test's own refreshes count.
pub(crate) const NEVER: Duration = Duration::from_secs(3_600);

pub(crate) struct Chain {
    pub(crate) devnet: Devnet,
    pub(crate) netuid: NetUid,
}

impl Chain {
    pub(crate) async fn start() -> Self {
        Self::of(Devnet::builder()).await
    }

    pub(crate) async fn of(devnet: DevnetBuilder) -> Self {
        let devnet = devnet.start().await.unwrap();
        let owner = devnet.connect_as(0).await.unwrap();
        let netuid = devnet.open_subnet(&owner).await.unwrap();
        Self { devnet, netuid }
    }

    /// Starts a chain with a subnet that lets many accounts register and move at once.
    pub(crate) async fn busy(devnet: DevnetBuilder) -> Self {
        let devnet = devnet.start().await.unwrap();
        let owner = devnet.connect_as(0).await.unwrap();
        let netuid = open_busy_subnet(&owner).await;
        Self { devnet, netuid }
    }

    pub(crate) async fn connect_as(&self, account: usize) -> Hetutensor {
        self.devnet.connect_as(account).await.unwrap()
    }

    pub(crate) async fn join(&self, account: usize, role: Role, stake: u64, endpoint: RawEndpoint) {
        let stake = Amount::from_hetu(stake);
        let registration =
            Registration { role, ..Registration::miner(self.netuid, stake, endpoint) };
        self.connect_as(account).await.dendrons().ensure(&registration).await.unwrap();
    }

    pub(crate) async fn builder(&self) -> MetastructBuilder {
        Metastruct::builder(self.connect_as(9).await, self.netuid).refresh_interval(NEVER)
    }

    pub(crate) async fn follow(&self) -> Metastruct {
        self.builder().await.start().await.unwrap()
    }

    /// Returns the view of a new client that reads everything now.
    pub(crate) async fn fresh_read(&self) -> View {
        View::clone(&self.follow().await.view())
    }

    /// Registers `miners` miners.
    pub(crate) async fn populate(&self, miners: u16) {
        let owner = self.connect_as(0).await;
        let rules = owner.subnets().hyperparameters(self.netuid).await.unwrap();
        let crowd = Population {
            netuid: self.netuid,
            miners,
            stake: rules.dendron_threshold,
            cost: rules.base_dendron_cost,
            per_block: rules.max_registrations_per_block,
        };
        self.devnet.populate(1, crowd).await.unwrap();
    }

    pub(crate) async fn mine_by_hand(&self) {
        self.devnet.set_mining(Mining::Manual).await;
    }
}

pub(crate) async fn open_busy_subnet(owner: &Hetutensor) -> NetUid {
    let subnet = NewSubnet {
        name: "Sums".into(),
        description: "Adds numbers".into(),
        token_name: "Sum".into(),
        token_symbol: "SUM".into(),
    };
    let rules = HyperparameterChanges {
        max_registrations_per_block: Some(10),
        serving_rate_limit: Some(1),
        ..Default::default()
    };
    let price = owner.subnets().lock_cost().await.unwrap();
    let registered = owner.subnets().register_with(&subnet, &rules, price).await.unwrap();
    owner.subnets().activate(registered.netuid).await.unwrap();
    registered.netuid
}

pub(crate) fn endpoint(port: u16) -> RawEndpoint {
    RawEndpoint::new("127.0.0.1", port)
}

/// A small random generator with a seed, so that a failing history can be reproduced.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}
