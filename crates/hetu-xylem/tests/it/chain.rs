//! A miner on the embedded chain: registration, and roles as recorded on the chain.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Envelope, RequestSigner};
use hetu_chain::model::{Registration, Role};
use hetu_chain::{Amount, ChainError, Hetutensor, NetUid, SystemClock};
use hetu_devnet::Devnet;
use hetu_metastruct::{Metastruct, SyncError};
use hetu_xylem::{Readiness, RunningXylem, Xylem, XylemError};
use http::Request;

use crate::support::{MathSum, Reply, add, refused, send};

struct Chain {
    devnet: Devnet,
    netuid: NetUid,
}

impl Chain {
    async fn new() -> Self {
        let devnet = Devnet::builder().start().await.unwrap();
        let owner = devnet.connect_as(1).await.unwrap();
        let netuid = devnet.open_subnet(&owner).await.unwrap();
        Self { devnet, netuid }
    }

    async fn connect(&self) -> Hetutensor {
        Hetutensor::connect(self.devnet.network()).await.unwrap()
    }

    async fn connect_as(&self, account: usize) -> Hetutensor {
        self.devnet.connect_as(account).await.unwrap()
    }

    async fn start_miner(&self, bind: &str) -> Result<RunningXylem, XylemError> {
        Xylem::builder(self.connect_as(2).await, self.netuid)
            .home(env!("CARGO_TARGET_TMPDIR"))
            .bind(bind)
            .attach::<MathSum>(add)
            .start()
            .await
    }

    /// Returns the reply to a call by the account with this index.
    async fn call(&self, miner: &RunningXylem, caller: usize) -> Reply {
        let hetu = self.connect_as(caller).await;
        let signer =
            RequestSigner::new(Arc::clone(hetu.signer().unwrap()), hetu.network().chain_id);
        let envelope = Envelope::new(self.netuid, miner.address(), Duration::from_secs(10));
        let endpoint = format!("http://{}", miner.local_addr()).parse().unwrap();
        let call = MathSum { x: 5.0, y: 3.0 };
        let signed = signer.call::<MathSum>(&endpoint, &call, &envelope).await.unwrap();
        let reply = send(miner.local_addr(), signed.request).await;
        if reply.status == 200 {
            let pending = signed.pending;
            pending.verify(reply.status, &reply.headers, &reply.content, &SystemClock).unwrap();
        }
        reply
    }
}

#[tokio::test]
async fn starting_registers_the_miner_and_validators_are_served() {
    let chain = Chain::new().await;
    let validator = chain.connect_as(3).await;
    let stake = Amount::from_hetu(500);
    let registration = Registration::validator(chain.netuid, stake);
    validator.dendrons().ensure(&registration).await.unwrap();

    let miner = chain.start_miner("127.0.0.1:0").await.unwrap();
    let dendron = validator.dendrons().get(chain.netuid, miner.address()).await.unwrap().unwrap();
    assert_eq!((dendron.role, dendron.is_active), (Role::Miner, true));
    assert_eq!(dendron.endpoint.host, "127.0.0.1");
    assert_eq!(dendron.endpoint.port, u32::from(miner.local_addr().port()));

    let reply = chain.call(&miner, 3).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["result"]), (200, &8.0.into()));
    let stranger = chain.call(&miner, 4).await;
    assert_eq!(stranger.refusal(), refused(403, "role_not_allowed"));
    miner.stop().await;
}

#[tokio::test]
async fn a_validator_that_registered_just_now_is_served() {
    let chain = Chain::new().await;
    let hetu = chain.connect_as(2).await;
    let picture = Metastruct::builder(hetu.clone(), chain.netuid)
        .refresh_interval(Duration::from_secs(3_600))
        .start()
        .await
        .unwrap();
    let miner = Xylem::builder(hetu, chain.netuid)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .metastruct(picture)
        .bind("127.0.0.1:0")
        .attach::<MathSum>(add)
        .start()
        .await
        .unwrap();
    let registration = Registration::validator(chain.netuid, Amount::from_hetu(500));
    chain.connect_as(3).await.dendrons().ensure(&registration).await.unwrap();
    assert_eq!(chain.call(&miner, 3).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_miner_that_cannot_listen_is_not_registered() {
    let chain = Chain::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = chain.start_miner(&address).await.unwrap_err();
    assert!(matches!(error, XylemError::Bind { .. }), "{error:?}");
    let hetu = chain.connect().await;
    let dendron =
        hetu.dendrons().get(chain.netuid, chain.devnet.accounts()[2].address).await.unwrap();
    assert_eq!(dendron, None);
}

#[tokio::test]
async fn a_miner_without_a_wallet_or_a_subnet_does_not_start() {
    let chain = Chain::new().await;
    let without_wallet = Xylem::builder(chain.connect().await, chain.netuid)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .bind("127.0.0.1:0")
        .attach::<MathSum>(add)
        .start()
        .await;
    assert!(matches!(without_wallet, Err(XylemError::Chain(_))), "{without_wallet:?}");
    let elsewhere = Xylem::builder(chain.connect_as(2).await, 999)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .bind("127.0.0.1:0")
        .attach::<MathSum>(add)
        .start()
        .await;
    let Err(XylemError::Sync(SyncError::Chain(ChainError::NoSubnet(netuid)))) = elsewhere else {
        panic!("{elsewhere:?}");
    };
    assert_eq!(netuid, NetUid::new(999));
}

#[tokio::test]
async fn miner_whose_node_serves_another_chain_is_not_ready_within_five_seconds() {
    let chain = Chain::new().await;
    let miner = chain.start_miner("127.0.0.1:0").await.unwrap();
    assert!(miner.readiness().is_ready());
    let port = chain.devnet.address().port();
    chain.devnet.stop().await;
    // The chain id, accounts and contracts are the same, as after a restart of a localnet.
    let again = Devnet::builder().port(port).start().await.unwrap();
    let noticed = async {
        while miner.readiness() != Readiness::OtherChain {
            tokio::task::yield_now().await;
        }
    };
    let noticed = tokio::time::timeout(Duration::from_secs(5), noticed).await;
    assert!(noticed.is_ok(), "{:?}", miner.readiness());
    let uri = format!("http://{}/health/ready", miner.local_addr());
    let ready = send(miner.local_addr(), Request::get(uri).body(Bytes::new()).unwrap()).await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["reason"], "other_chain");
    assert!(ready.json()["message"].as_str().unwrap().contains("another chain"));
    miner.stop().await;
    again.stop().await;
}
