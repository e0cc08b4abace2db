//! Limits on the calls to a node that contract signatures cause.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::client::Erc1271Verifier;
use hetu_chain::identity::{CheckSource, ContractSignatureVerifier};
use hetu_chain::rpc::EndpointState;
use hetu_chain::{Address, Hetutensor, Wallet};

use super::kit::{Factory, HASH, PATIENCE, behind, owner_wallet, signed, wrapped};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, chain};

struct Scene {
    _chain: Chain,
    node: FaultyNode,
    hetu: Hetutensor,
    account: Address,
    /// A wrapper of ERC-6492, which always needs a call to the chain.
    wrapper: Vec<u8>,
}

impl Scene {
    async fn new() -> Self {
        let chain = chain().await;
        let owner = Wallet::random();
        let account = owner_wallet(&chain.connect_as(1).await, owner.address()).await;
        let signature = signed(&owner).await;
        let wrapper = wrapped(account, &Factory::creation_of(Address::ZERO), &signature);
        let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
        let hetu = Hetutensor::connect(behind(&chain, &[&node])).await.unwrap();
        Self { _chain: chain, node, hetu, account, wrapper }
    }

    fn check(&self, judge: &Arc<Erc1271Verifier>, source: u8) -> tokio::task::JoinHandle<bool> {
        let (judge, account) = (Arc::clone(judge), self.account);
        let wrapper = self.wrapper.clone();
        tokio::spawn(async move {
            let source = CheckSource::of(&[source]);
            judge.check_from(source, account, HASH, &wrapper).await.is_ok()
        })
    }

    /// Waits until the node has received `calls` calls, and verifies that no more follow.
    async fn settles_at(&self, calls: usize) {
        let waiting = async {
            while self.node.count("eth_call") < calls {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.node.count("eth_call"), calls);
    }
}

// Regression test: each request with a contract's signature ran ten million gas on the operator's
// node at once.
#[tokio::test]
async fn contract_checks_run_one_at_a_time_by_source_and_few_in_all() {
    let scene = Scene::new().await;
    scene.node.behave(|request| match is_call_of(request, "eth_call") {
        true => Fault::Silence,
        false => Fault::None,
    });
    let judge = Arc::new(scene.hetu.erc1271_verifier().deadline(PATIENCE));
    let mut checks: Vec<_> = (0..5).map(|_| scene.check(&judge, 0)).collect();
    scene.settles_at(1).await;
    checks.extend((1..=20).map(|source| scene.check(&judge, source)));
    scene.settles_at(8).await;
    for check in checks {
        check.abort();
    }
}

// Regression test: slow and failing checks set the operator's endpoint aside for all other calls.
#[tokio::test]
async fn failing_contract_checks_leave_endpoint_healthy() {
    let scene = Scene::new().await;
    let faults: [fn() -> Fault; 4] = [
        || Fault::Silence,
        || Fault::Close { after_delivery: true },
        || Fault::status("502 Bad Gateway", ""),
        || Fault::status("429 Too Many Requests", "retry-after: 60\r\n"),
    ];
    for fault in faults {
        for method in ["eth_call", "eth_getCode"] {
            scene.node.behave(move |request| match is_call_of(request, method) {
                true => fault(),
                false => Fault::None,
            });
            let judge = scene.hetu.erc1271_verifier().deadline(Duration::from_millis(400));
            for _ in 0..4 {
                let signature = if method == "eth_call" { &scene.wrapper[..] } else { &b"any"[..] };
                judge.check(scene.account, HASH, signature).await.unwrap_err();
            }
        }
    }
    scene.node.behave(|_| Fault::None);
    let [endpoint] = &scene.hetu.endpoints()[..] else { panic!("one endpoint") };
    assert_eq!((endpoint.state, endpoint.failed), (EndpointState::Healthy, 0), "{endpoint:?}");
    scene.hetu.block().await.unwrap();
    let judge = scene.hetu.erc1271_verifier().deadline(PATIENCE);
    judge.check(scene.account, HASH, &scene.wrapper).await.unwrap();
}
