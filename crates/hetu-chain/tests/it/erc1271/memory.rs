//! The cache of contract checks, which holds only whether an account is a contract.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::client::Erc1271Verifier;
use hetu_chain::clock::ManualClock;
use hetu_chain::identity::AccountSignature::{Invalid, NotAContract, Valid};
use hetu_chain::identity::ContractSignatureVerifier;
use hetu_chain::{Amount, Hetutensor, Wallet};

use super::kit::{
    HASH, Oddity, behind, delegate, judge_on, odd_wallet, owner_wallet, preparation, signed,
    verdict,
};
use crate::faulty_node::{Fault, FaultyNode};
use crate::setup::{Chain, chain};

const NOW: Duration = Duration::from_secs(1_700_000_000);

struct Scene {
    chain: Chain,
    node: FaultyNode,
    judge: Erc1271Verifier,
    clock: Arc<ManualClock>,
}

impl Scene {
    async fn new() -> Self {
        let chain = chain().await;
        let node = FaultyNode::before(&chain.node, |_| Fault::None).await;
        let hetu = Hetutensor::connect(behind(&chain, &[&node])).await.unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let judge = judge_on(&hetu).clock(Arc::clone(&clock) as _);
        Self { chain, node, judge, clock }
    }

    fn lookups(&self) -> usize {
        self.node.count("eth_getCode")
    }

    fn questions(&self) -> usize {
        self.node.count("eth_call")
    }
}

#[tokio::test]
async fn an_account_with_a_key_costs_one_call_in_half_a_minute() {
    let scene = Scene::new().await;
    let wallet = scene.chain.wallet(2);
    let (account, signature) = (wallet.address(), signed(&wallet).await);
    let before = scene.lookups();
    for _ in 0..10 {
        assert_eq!(verdict(&scene.judge, account, &signature).await, NotAContract);
    }
    scene.clock.advance(Duration::from_millis(29_999));
    assert_eq!(verdict(&scene.judge, account, &signature).await, NotAContract);
    assert_eq!(scene.lookups(), before + 1);

    scene.clock.advance(Duration::from_millis(1));
    assert_eq!(verdict(&scene.judge, account, &signature).await, NotAContract);
    assert_eq!(scene.lookups(), before + 2);
    assert_eq!(scene.questions(), 0);
}

#[tokio::test]
async fn an_account_that_becomes_a_contract_is_one_when_the_time_is_over() {
    let scene = Scene::new().await;
    let (owner, delegating) = (Wallet::random(), scene.chain.wallet(3));
    let code = owner_wallet(&scene.chain.connect_as(1).await, owner.address()).await;
    let (account, own) = (delegating.address(), signed(&delegating).await);
    assert_eq!(verdict(&scene.judge, account, &own).await, NotAContract);
    delegate(&scene.chain.node, account, Some(code)).await;
    assert_eq!(verdict(&scene.judge, account, &own).await, NotAContract);
    scene.clock.advance(Duration::from_secs(30));
    assert_eq!(verdict(&scene.judge, account, &own).await, Invalid);
    assert_eq!(verdict(&scene.judge, account, &signed(&owner).await).await, Valid);
}

#[tokio::test]
async fn a_contract_is_asked_about_each_signature() {
    let scene = Scene::new().await;
    let hetu = scene.chain.connect_as(1).await;
    let account = odd_wallet(&hetu, Oddity::Unprepared).await;
    let before = scene.lookups();
    for _ in 0..2 {
        assert_eq!(verdict(&scene.judge, account, b"any").await, Invalid);
    }
    let call = hetu.transactions().call(account, "prepare", preparation(), Amount::ZERO);
    call.await.unwrap();
    for _ in 0..2 {
        assert_eq!(verdict(&scene.judge, account, b"any").await, Valid);
    }
    assert_eq!((scene.lookups(), scene.questions()), (before + 1, 4));
}

#[tokio::test]
async fn those_who_ask_at_once_cost_one_look_up() {
    let scene = Scene::new().await;
    let wallet = scene.chain.wallet(2);
    let (account, signature) = (wallet.address(), signed(&wallet).await);
    let before = scene.lookups();
    let judge = Arc::new(scene.judge);
    let checks: Vec<_> = (0..64)
        .map(|_| {
            let (judge, signature) = (Arc::clone(&judge), signature.clone());
            tokio::spawn(async move { judge.check(account, HASH, &signature).await })
        })
        .collect();
    for check in checks {
        assert_eq!(check.await.unwrap(), Ok(NotAContract));
    }
    assert_eq!(scene.node.count("eth_getCode"), before + 1);
}

#[tokio::test]
async fn no_more_accounts_are_remembered_than_there_is_room_for() {
    let mut scene = Scene::new().await;
    scene.judge = scene.judge.memory(Duration::from_secs(30), 2);
    let accounts = [1, 2, 3].map(|_| Wallet::random().address());
    let before = scene.lookups();
    for account in accounts {
        assert_eq!(verdict(&scene.judge, account, b"any").await, NotAContract);
    }
    assert_eq!(verdict(&scene.judge, accounts[2], b"any").await, NotAContract);
    assert_eq!(verdict(&scene.judge, accounts[1], b"any").await, NotAContract);
    assert_eq!(scene.lookups(), before + 3);
    assert_eq!(verdict(&scene.judge, accounts[0], b"any").await, NotAContract);
    assert_eq!(scene.lookups(), before + 4, "the first was forgotten");
}
