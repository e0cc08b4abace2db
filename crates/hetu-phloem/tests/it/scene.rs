//! A subnet with a validator, and miners for the tests.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::model::{RawEndpoint, Registration};
use hetu_chain::{Amount, Hetutensor, NetUid, Signer, Wallet};
use hetu_devnet::Devnet;
use hetu_metastruct::Metastruct;
use hetu_phloem::{Phloem, PhloemBuilder, Target};
pub(crate) use hetu_testkit::math_sum::{MathSum, Sum};
use hetu_xylem::{HandlerError, RunningXylem, Xylem, XylemBuilder};

use crate::tap::Tap;

pub(crate) const VALIDATOR: usize = 1;

pub(crate) const QUESTION: MathSum = MathSum { x: 5.0, y: 3.0 };

pub(crate) struct Scene {
    pub(crate) devnet: Devnet,
    pub(crate) netuid: NetUid,
    pub(crate) picture: Metastruct,
}

impl Scene {
    /// Creates a subnet with a validator and no miner.
    pub(crate) async fn open() -> Self {
        Self::of(Devnet::builder().start().await.unwrap()).await
    }

    /// Creates the same on an existing chain.
    pub(crate) async fn of(devnet: Devnet) -> Self {
        let owner = devnet.connect_as(0).await.unwrap();
        let netuid = devnet.open_subnet(&owner).await.unwrap();
        let validator = devnet.connect_as(VALIDATOR).await.unwrap();
        let registration = Registration::validator(netuid, Amount::from_hetu(500));
        validator.dendrons().ensure(&registration).await.unwrap();
        let picture = Metastruct::builder(owner, netuid)
            .refresh_interval(Duration::from_secs(3_600))
            .start()
            .await
            .unwrap();
        Self { devnet, netuid, picture }
    }

    pub(crate) async fn connect_as(&self, account: usize) -> Hetutensor {
        self.devnet.connect_as(account).await.unwrap()
    }

    pub(crate) fn wallet(&self, account: usize) -> Wallet {
        self.devnet.accounts()[account].wallet.clone()
    }

    /// Starts a miner that adds, registered with `stake` for `account`.
    pub(crate) async fn miner(&self, account: usize, stake: u64) -> RunningXylem {
        self.miner_that(account, stake, |call: MathSum| Ok(Sum { result: call.x + call.y })).await
    }

    pub(crate) async fn miner_that(
        &self,
        account: usize,
        stake: u64,
        answer: fn(MathSum) -> Result<Sum, HandlerError>,
    ) -> RunningXylem {
        let xylem = Xylem::builder(self.connect_as(account).await, self.netuid)
            .home(env!("CARGO_TARGET_TMPDIR"))
            .metastruct(self.picture.clone())
            .bind("127.0.0.1:0")
            .stake(Amount::from_hetu(stake))
            .attach::<MathSum>(move |call| async move { answer(call) })
            .start()
            .await
            .unwrap();
        self.picture.refresh().await.unwrap();
        xylem
    }

    /// Returns a miner that adds and signs as `signer`. It is not registered.
    pub(crate) fn detached_as(&self, signer: Arc<dyn Signer>) -> XylemBuilder {
        self.detached_in(self.netuid, signer)
    }

    /// Returns such a miner in another subnet.
    pub(crate) fn detached_in(
        &self,
        netuid: impl Into<NetUid>,
        signer: Arc<dyn Signer>,
    ) -> XylemBuilder {
        Xylem::detached(signer, self.devnet.chain_id(), netuid, self.picture.clone())
            .bind("127.0.0.1:0")
            .attach::<MathSum>(|call| async move { Ok(Sum { result: call.x + call.y }) })
    }

    /// Starts a miner that adds for `account` behind `tap`, and registers it at the address of
    /// `tap`.
    pub(crate) async fn behind(&self, tap: &Tap, account: usize) -> (RunningXylem, Target) {
        let miner = self.detached_as(Arc::new(self.wallet(account))).start().await.unwrap();
        tap.lead_to(miner.local_addr());
        let target = self.registered_at(account, tap.port()).await;
        (miner, target)
    }

    /// Registers `account` as a miner that serves at `port`, and returns it as a target.
    pub(crate) async fn registered_at(&self, account: usize, port: u16) -> Target {
        self.registered(account, "127.0.0.1", port).await
    }

    /// Registers `account` as a miner that serves at `host` and `port`.
    pub(crate) async fn registered(&self, account: usize, host: &str, port: u16) -> Target {
        let endpoint = RawEndpoint::new(host, port);
        let registration = Registration::miner(self.netuid, Amount::from_hetu(200), endpoint);
        self.connect_as(account).await.dendrons().ensure(&registration).await.unwrap();
        self.picture.refresh().await.unwrap();
        self.target(account)
    }

    pub(crate) fn target(&self, account: usize) -> Target {
        let address = self.devnet.accounts()[account].address;
        Target::of(self.picture.view().get(address).unwrap()).unwrap()
    }

    pub(crate) async fn builder_as(&self, account: usize) -> PhloemBuilder {
        let hetu = self.connect_as(account).await;
        Phloem::builder(hetu, self.netuid).metastruct(self.picture.clone())
    }

    pub(crate) async fn validator(&self) -> Phloem {
        self.builder_as(VALIDATOR).await.start().await.unwrap()
    }
}
