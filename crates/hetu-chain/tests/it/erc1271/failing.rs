//! Nodes that are unreachable or lie: the signature is neither accepted nor refused.

use std::time::Duration;

use hetu_chain::client::Erc1271Verifier;
use hetu_chain::identity::AccountSignature::{NotAContract, Valid};
use hetu_chain::identity::{ContractSignatureError, ContractSignatureVerifier};
use hetu_chain::{Address, Hetutensor, Retryable, Wallet};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::kit::{Factory, HASH, PATIENCE, behind, owner_wallet, signed, verdict, wrapped};
use crate::faulty_node::{Fault, FaultyNode, is_call_of};
use crate::setup::{Chain, chain};

const DEADLINE: Duration = Duration::from_secs(2);
/// The delay that a busy machine may add to a deadline.
const GRACE: Duration = Duration::from_secs(3);

/// A contract account, its owner, and a verifier without a cache that uses this node.
struct Scene {
    chain: Chain,
    node: FaultyNode,
    judge: Erc1271Verifier,
    owner: Wallet,
    account: Address,
}

impl Scene {
    async fn new() -> Self {
        let chain = chain().await;
        let owner = Wallet::random();
        let account = owner_wallet(&chain.connect_as(1).await, owner.address()).await;
        let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
        let hetu = Hetutensor::connect(behind(&chain, &[&node])).await.unwrap();
        let judge = hetu.erc1271_verifier().deadline(DEADLINE).memory(Duration::ZERO, 0);
        Self { chain, node, judge, owner, account }
    }

    /// Returns the reason of an undecided verification while calls of `method` have this fault.
    async fn reason(
        &self,
        method: &'static str,
        signature: &[u8],
        fault: impl Fn(&Value) -> Fault + Send + Sync + 'static,
    ) -> String {
        self.node.behave(
            move |request| {
                if is_call_of(request, method) { fault(request) } else { Fault::None }
            },
        );
        let started = Instant::now();
        let error = self.judge.check(self.account, HASH, signature).await.unwrap_err();
        assert!(started.elapsed() < DEADLINE + GRACE, "took {:?}", started.elapsed());
        assert!(error.retryability().is_retryable());
        let ContractSignatureError::Unavailable { reason } = error else { panic!("{error}") };
        reason.to_string()
    }
}

fn answer(request: &Value, result: Value) -> Fault {
    let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result });
    Fault::body(answer.to_string())
}

#[tokio::test]
async fn a_node_that_hangs_breaks_off_or_sends_garbage_leaves_it_open() {
    let faults: [fn(&Value) -> Fault; 6] = [
        |_| Fault::Silence,
        |_| Fault::Close { after_delivery: true },
        |_| Fault::Drip,
        |_| Fault::body("<html>"),
        |_| Fault::status("502 Bad Gateway", ""),
        |_| Fault::status("429 Too Many Requests", "retry-after: 1\r\n"),
    ];
    for fault in faults {
        for method in ["eth_getCode", "eth_call"] {
            let mut scene = Scene::new().await;
            scene.judge = scene.judge.deadline(DEADLINE / 2);
            let signature = signed(&scene.owner).await;
            scene.reason(method, &signature, fault).await;
        }
    }
}

#[tokio::test]
async fn a_node_that_is_down_leaves_it_open_whatever_the_signature() {
    let scene = Scene::new().await;
    let signature = signed(&scene.owner).await;
    let down = |_: &Value| Fault::Close { after_delivery: false };
    scene.reason("eth_getCode", &signature, down).await;
    let wrapper = wrapped(scene.account, &Factory::creation_of(Address::ZERO), &signature);
    scene.reason("eth_call", &wrapper, down).await;
}

#[tokio::test]
async fn what_a_node_reports_is_not_the_answer_of_a_contract() {
    let scene = Scene::new().await;
    let signature = signed(&scene.owner).await;
    for (code, message) in [
        (3, "execution reverted"),
        (-32_000, "out of gas"),
        (-32_000, "insufficient balance for transfer"),
        (-32_601, "the method eth_call does not exist"),
        (-32_602, "invalid params: creation is not allowed"),
        (-32_603, "internal error"),
        (-32_000, "execution aborted (timeout = 5s)"),
    ] {
        for method in ["eth_getCode", "eth_call"] {
            let refuse = move |request: &Value| Fault::error(request, code, message);
            let reason = scene.reason(method, &signature, refuse).await;
            assert!(reason.contains(message), "{reason}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_the_code_cannot_give_is_not_believed() {
    let scene = Scene::new().await;
    let signature = signed(&scene.owner).await;
    let magic = format!("0x1626ba7e{}", "0".repeat(56));
    for lie in ["0x", "0x03", "0x0101", &magic] {
        let lie = lie.to_owned();
        let tell = move |request: &Value| answer(request, json!(lie));
        let reason = scene.reason("eth_call", &signature, tell).await;
        assert!(reason.contains("SignatureCheck"), "{reason}");
    }
    for lie in [json!(null), json!(true), json!("01"), json!("0x1"), json!([1])] {
        let tell = move |request: &Value| answer(request, lie.clone());
        scene.reason("eth_call", &signature, tell).await;
    }
}

#[tokio::test]
async fn code_that_is_none_is_not_believed() {
    for lie in [json!(null), json!("code"), json!("0x0"), json!({})] {
        let scene = Scene::new().await;
        let signature = signed(&scene.owner).await;
        let tell = move |request: &Value| answer(request, lie.clone());
        scene.reason("eth_getCode", &signature, tell).await;
    }
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let mut scene = Scene::new().await;
    scene.judge = scene.judge.deadline(PATIENCE).memory(Duration::from_secs(30), 4_096);
    let signature = signed(&scene.owner).await;
    for _ in 0..2 {
        let refuse = |request: &Value| Fault::error(request, -32_000, "not now");
        scene.reason("eth_getCode", &signature, refuse).await;
    }
    scene.node.behave(|_| Fault::None);
    assert_eq!(verdict(&scene.judge, scene.account, &signature).await, Valid);
    let refuse = |request: &Value| Fault::error(request, -32_000, "not now");
    scene.reason("eth_call", &signature, refuse).await;
    scene.node.behave(|_| Fault::None);
    assert_eq!(verdict(&scene.judge, scene.account, &signature).await, Valid);
}

#[tokio::test]
async fn an_account_that_is_known_to_have_a_key_needs_no_node() {
    let mut scene = Scene::new().await;
    scene.judge = scene.judge.deadline(PATIENCE).memory(Duration::from_secs(30), 4_096);
    let key = scene.chain.wallet(2);
    assert_eq!(verdict(&scene.judge, key.address(), &signed(&key).await).await, NotAContract);
    scene.node.behave(|_| Fault::Close { after_delivery: false });
    assert_eq!(verdict(&scene.judge, key.address(), &signed(&key).await).await, NotAContract);
}

#[tokio::test]
async fn another_endpoint_answers_in_the_place_of_one_that_hangs() {
    let scene = Scene::new().await;
    let second = FaultyNode::before(&scene.chain.node, |_| Fault::None).await;
    let network = behind(&scene.chain, &[&scene.node, &second]);
    let hetu = Hetutensor::connect(network).await.unwrap();
    scene.node.behave(|_| Fault::Silence);
    let judge = hetu.erc1271_verifier().deadline(Duration::from_secs(8));
    let signature = signed(&scene.owner).await;
    assert_eq!(verdict(&judge, scene.account, &signature).await, Valid);
    assert_eq!((second.count("eth_getCode"), second.count("eth_call")), (1, 1));
}
