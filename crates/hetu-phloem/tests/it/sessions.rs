//! Sessions, which are transparent to the caller.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::SessionLimits;
use hetu_chain::clock::ManualClock;
use hetu_phloem::{BroadcastOptions, Phloem, Target};

use crate::scene::{QUESTION, Scene, Sum};
use crate::tap::{Tap, eventually};

const OPENING: &str = "POST /session ";
const IN_SESSION: &str = "tag=\"hetu-session\"";
const BY_WALLET: &str = "tag=\"erc8128\"";

/// Calls until one call uses a session.
async fn until_in_session(phloem: &Phloem, target: &Target, tap: &Tap) {
    let before = tap.count(IN_SESSION);
    eventually("a call in a session", async || {
        assert_eq!(phloem.query(target, QUESTION).await.unwrap().reply, Sum { result: 8.0 });
        tap.count(IN_SESSION) > before
    })
    .await;
}

#[tokio::test]
async fn a_session_is_opened_once_calls_repeat() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    phloem.query(&target, QUESTION).await.unwrap();
    assert_eq!((tap.count(OPENING), tap.count(IN_SESSION)), (0, 0));
    until_in_session(&phloem, &target, &tap).await;
    let by_wallet = tap.count(BY_WALLET);
    for outcome in phloem.broadcast(&vec![target; 256], QUESTION, BroadcastOptions::default()).await
    {
        outcome.unwrap();
    }
    assert_eq!((tap.count(OPENING), tap.count(BY_WALLET)), (1, by_wallet));
}

#[tokio::test]
async fn many_first_callers_open_one_session() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    for outcome in
        phloem.broadcast(&vec![target.clone(); 100], QUESTION, BroadcastOptions::default()).await
    {
        outcome.unwrap();
    }
    until_in_session(&phloem, &target, &tap).await;
    assert_eq!(tap.count(OPENING), 1);
}

#[tokio::test]
async fn a_miner_that_was_started_anew_is_asked_by_the_wallet_and_then_in_a_new_session() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    until_in_session(&phloem, &target, &tap).await;
    let again = scene.detached_as(Arc::new(scene.wallet(2))).start().await.unwrap();
    tap.lead_to(again.local_addr());
    miner.stop().await;
    eventually("the connections are closed", async || tap.open() == 0).await;
    // The caller sees no failure: the session is now unknown, so the wallet signs.
    phloem.query(&target, QUESTION).await.unwrap();
    until_in_session(&phloem, &target, &tap).await;
    assert_eq!(tap.count(OPENING), 2);
}

#[tokio::test]
async fn a_session_is_renewed_before_it_is_over() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let start = hetu_chain::Clock::unix_time(&hetu_chain::SystemClock);
    let clock = Arc::new(ManualClock::at(start));
    let limits = SessionLimits::default().with_lifetime(Duration::from_secs(100));
    let xylem = scene.detached_as(Arc::new(scene.wallet(2)));
    let miner = xylem.sessions(limits).clock(clock.clone());
    // The miner's guard opens one second after its start.
    clock.advance(Duration::from_secs(2));
    let miner = miner.start().await.unwrap();
    tap.lead_to(miner.local_addr());
    let target = scene.registered_at(2, tap.port()).await;
    clock.advance(Duration::from_secs(2));
    let phloem = scene.builder_as(1).await.clock(clock.clone()).start().await.unwrap();
    until_in_session(&phloem, &target, &tap).await;
    clock.advance(Duration::from_secs(85));
    let by_wallet = tap.count(BY_WALLET);
    eventually("the next session is opened", async || {
        phloem.query(&target, QUESTION).await.unwrap();
        tap.count(OPENING) == 2
    })
    .await;
    // Meanwhile the wallet signed only the opening itself, which is also the proof.
    assert_eq!(tap.count(BY_WALLET), by_wallet + 1);
    clock.advance(Duration::from_secs(20));
    until_in_session(&phloem, &target, &tap).await;
}

#[tokio::test]
async fn wallets_sign_where_sessions_are_not_wanted_or_receipts_are() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let without = scene.builder_as(1).await.without_sessions().start().await.unwrap();
    let receipts = scene.builder_as(1).await.receipts().start().await.unwrap();
    for phloem in [&without, &receipts] {
        for _ in 0..4 {
            phloem.query(&target, QUESTION).await.unwrap();
        }
    }
    assert!(receipts.query(&target, QUESTION).await.unwrap().receipt.is_some());
    assert_eq!((tap.count(OPENING), tap.count(IN_SESSION)), (0, 0));
}

#[tokio::test]
async fn a_miner_that_offers_no_sessions_is_asked_by_the_wallet() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let xylem = scene.detached_as(Arc::new(scene.wallet(2))).without_sessions();
    let miner = xylem.start().await.unwrap();
    tap.lead_to(miner.local_addr());
    let target = scene.registered_at(2, tap.port()).await;
    let phloem = scene.validator().await;
    for _ in 0..4 {
        phloem.query(&target, QUESTION).await.unwrap();
    }
    assert_eq!((tap.count(OPENING), tap.count(BY_WALLET)), (0, 5));
}
