//! The miner's entry on the chain while it serves.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Envelope, RequestSigner};
use hetu_chain::model::{RawEndpoint, Registration, Role};
use hetu_chain::{Amount, Hetutensor, NetUid};
use hetu_devnet::Devnet;
use hetu_metastruct::Metastruct;
use hetu_xylem::{Readiness, RunningXylem, Xylem, XylemBuilder, XylemError};

use crate::support::{MathSum, add, send};

struct Chain {
    devnet: Devnet,
    netuid: NetUid,
    miner: Hetutensor,
    validator: Hetutensor,
}

impl Chain {
    async fn new() -> Self {
        let devnet = Devnet::builder().start().await.unwrap();
        let owner = devnet.connect_as(1).await.unwrap();
        let netuid = devnet.open_subnet(&owner).await.unwrap();
        let miner = devnet.connect_as(2).await.unwrap();
        let validator = devnet.connect_as(3).await.unwrap();
        Self { devnet, netuid, miner, validator }
    }

    /// Returns a builder that polls the chain often. The default interval of six seconds would only
    /// make tests wait.
    async fn builder(&self) -> XylemBuilder {
        let metastruct = Metastruct::builder(self.miner.clone(), self.netuid)
            .refresh_interval(Duration::from_millis(50))
            .start()
            .await
            .unwrap();
        Xylem::builder(self.miner.clone(), self.netuid)
            .home(env!("CARGO_TARGET_TMPDIR"))
            .metastruct(metastruct)
            .bind("127.0.0.1:0")
            .attach::<MathSum>(add)
    }

    /// Returns the status of the reply to a call by the validator.
    async fn call(&self, miner: &RunningXylem) -> u16 {
        let signer = Arc::clone(self.validator.signer().unwrap());
        let signer = RequestSigner::new(signer, self.validator.network().chain_id);
        let envelope = Envelope::new(self.netuid, miner.address(), Duration::from_secs(10));
        let endpoint = format!("http://{}", miner.local_addr()).parse().unwrap();
        let call = MathSum { x: 5.0, y: 3.0 };
        let signed = signer.call::<MathSum>(&endpoint, &call, &envelope).await.unwrap();
        send(miner.local_addr(), signed.request).await.status.as_u16()
    }

    /// Mines blocks, as the transactions of other accounts would.
    async fn blocks(&self, count: u64) {
        self.devnet.mine(count).await;
    }
}

/// Waits until the miner has this readiness: at most as long as its view takes to update.
async fn becomes(miner: &RunningXylem, readiness: Readiness) {
    let wait = async {
        while miner.readiness() != readiness {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(outcome.is_ok(), "{:?}", miner.readiness());
}

async fn ready_document(miner: &RunningXylem) -> (u16, serde_json::Value) {
    let uri = format!("http://{}/health/ready", miner.local_addr());
    let request = http::Request::get(uri).body(bytes::Bytes::new()).unwrap();
    let reply = send(miner.local_addr(), request).await;
    (reply.status.as_u16(), reply.json())
}

#[tokio::test]
async fn a_miner_that_is_deregistered_says_so_and_serves_on() {
    let chain = Chain::new().await;
    let registration = Registration::validator(chain.netuid, Amount::from_hetu(500));
    chain.validator.dendrons().ensure(&registration).await.unwrap();
    let miner = chain.builder().await.start().await.unwrap();
    assert_eq!(miner.readiness(), Readiness::Ready);
    assert_eq!(chain.call(&miner).await, 200);
    assert!(miner.render_metrics().contains("hetu_xylem_registration{state=\"confirmed\"} 1\n"));
    chain.miner.dendrons().deregister(chain.netuid).await.unwrap();
    becomes(&miner, Readiness::NotRegistered).await;
    let reason = serde_json::json!({"status": "unavailable", "reason": "not_registered"});
    assert_eq!(ready_document(&miner).await, (503, reason));
    let metrics = miner.render_metrics();
    assert!(metrics.contains("hetu_xylem_registration{state=\"confirmed\"} 0\n"), "{metrics}");
    assert!(metrics.contains("hetu_xylem_registration{state=\"not_registered\"} 1\n"));
    assert_eq!(chain.call(&miner).await, 200);
}

#[tokio::test]
async fn a_miner_whose_stake_is_gone_says_so_until_it_is_back() {
    let chain = Chain::new().await;
    let miner = chain.builder().await.start().await.unwrap();
    let staking = chain.miner.staking();
    let address = chain.miner.address().unwrap();
    let allocated = staking.allocation(address, chain.netuid).await.unwrap().allocated;
    staking.deallocate(chain.netuid, allocated).await.unwrap();
    becomes(&miner, Readiness::Inactive).await;
    let metrics = miner.render_metrics();
    assert!(metrics.contains("hetu_xylem_registration{state=\"inactive\"} 1\n"), "{metrics}");
    assert!(metrics.contains("hetu_xylem_registration{state=\"confirmed\"} 0\n"), "{metrics}");
    staking.allocate(chain.netuid, allocated).await.unwrap();
    becomes(&miner, Readiness::Ready).await;
}

#[tokio::test]
async fn an_endpoint_that_was_changed_elsewhere_is_told() {
    let chain = Chain::new().await;
    let miner = chain.builder().await.start().await.unwrap();
    chain.blocks(60).await;
    let (elsewhere, nowhere) = (RawEndpoint::new("127.0.0.1", 7), RawEndpoint::default());
    chain.miner.dendrons().update_endpoints(chain.netuid, &elsewhere, &nowhere).await.unwrap();
    becomes(&miner, Readiness::EndpointDiffers).await;
    assert_eq!(ready_document(&miner).await.0, 503);
}

#[tokio::test]
async fn an_endpoint_that_may_not_change_yet_is_changed_when_it_may() {
    let chain = Chain::new().await;
    let first = chain.builder().await.start().await.unwrap();
    chain.blocks(60).await;
    first.stop().await;
    // The first change is free, the second has to wait.
    let second = chain.builder().await.start().await.unwrap();
    assert_eq!(second.readiness(), Readiness::Ready);
    second.stop().await;
    let third = chain.builder().await.start().await.unwrap();
    assert_eq!(third.readiness(), Readiness::EndpointPending);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    chain.blocks(60).await;
    becomes(&third, Readiness::Ready).await;
    let dendron = chain.miner.dendrons().get(chain.netuid, third.address()).await.unwrap();
    assert_eq!(dendron.unwrap().endpoint.port, u32::from(third.local_addr().port()));
}

#[tokio::test]
async fn a_registration_that_costs_too_much_is_not_made() {
    let chain = Chain::new().await;
    let rules = chain.miner.subnets().hyperparameters(chain.netuid).await.unwrap();
    let cost = rules.base_dendron_cost;
    assert!(cost > Amount::ZERO);
    let limit = cost.saturating_sub(Amount::from_wei(1));
    let error = chain.builder().await.max_registration_cost(limit).start().await.unwrap_err();
    assert!(
        matches!(error, XylemError::CostTooHigh { cost: asked, limit: allowed }
            if asked == cost && allowed == limit),
        "{error}"
    );
    let address = chain.miner.address().unwrap();
    assert_eq!(chain.miner.dendrons().get(chain.netuid, address).await.unwrap(), None);
    assert!(chain.builder().await.max_registration_cost(cost).start().await.is_ok());
}

#[tokio::test]
async fn a_validator_does_not_serve_as_a_miner() {
    let chain = Chain::new().await;
    let registration = Registration::validator(chain.netuid, Amount::from_hetu(500));
    chain.miner.dendrons().ensure(&registration).await.unwrap();
    let error = chain.builder().await.start().await.unwrap_err();
    assert!(matches!(error, XylemError::NotAMiner { role: Role::Validator }), "{error}");
}
