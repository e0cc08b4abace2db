//! Selection among real miners.

use hetu_phloem::{
    AttemptKind, OutcomeClass, RoundRobin, RouteError, RouteOptions, SelectionMode, Sticky,
};
use hetu_xylem::HandlerError;
use tokio::net::TcpListener;

use crate::impostors::impostor;
use crate::scene::{QUESTION, Scene, Sum};
use crate::tap::{Tap, eventually};

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn where_one_miner_is_out_of_reach_another_answers() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let absent = scene.registered_at(3, free_port().await).await;
    let phloem = scene.validator().await;
    // Round robin asks the absent miner first in one of the two calls.
    let in_turn = RouteOptions::default().strategy(RoundRobin::default());
    let mut retried = 0;
    for _ in 0..2 {
        let routed = phloem.route(QUESTION, in_turn.clone()).await.unwrap();
        assert_eq!(routed.answer.reply, Sum { result: 8.0 });
        assert_eq!(routed.answer.miner, scene.wallet(2).address());
        if let [first, second] = routed.attempts.as_slice() {
            assert_eq!((first.miner, first.outcome), (absent.address, OutcomeClass::Failed));
            assert_eq!((second.kind, second.outcome), (AttemptKind::Retry, OutcomeClass::Success));
            retried += 1;
        }
    }
    assert_eq!(retried, 1);

    let told = phloem.explain(&RouteOptions::default());
    let report = told.candidates.iter().find(|report| report.miner == absent.address).unwrap();
    assert_eq!(report.outcomes.get("failed"), Some(&1));
    assert!(report.penalty_seconds > 0.0);
    let health = phloem.network_health();
    assert_eq!((health.netuid, health.known), (Some(scene.netuid), 2));
    assert_eq!(scene.picture.qualities().of(absent.address).unwrap().failed, 1);
}

#[tokio::test]
async fn calls_are_routed_from_any_task() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let phloem = scene.validator().await;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let phloem = phloem.clone();
            tokio::spawn(async move { phloem.route(QUESTION, RouteOptions::default()).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().answer.reply, Sum { result: 8.0 });
    }
}

#[tokio::test]
async fn who_joins_and_who_moves_is_known_with_the_next_view() {
    let scene = Scene::open().await;
    let phloem = scene.validator().await;
    let error = phloem.route(QUESTION, RouteOptions::default()).await.unwrap_err();
    assert!(matches!(error, RouteError::NoHealthyEndpoint { .. }), "{error}");
    assert_eq!(phloem.network_health().mode, SelectionMode::NobodyHealthy);

    scene.registered_at(2, free_port().await).await;
    let error = phloem.route(QUESTION, RouteOptions::default()).await.unwrap_err();
    assert!(matches!(error, RouteError::Failed { .. }), "{error}");
    let _miner = scene.miner(2, 200).await;
    assert_eq!(
        phloem.route(QUESTION, RouteOptions::default()).await.unwrap().answer.reply,
        Sum { result: 8.0 }
    );
}

#[tokio::test]
async fn what_a_miner_refuses_for_good_no_other_is_asked() {
    let scene = Scene::open().await;
    let _one = scene.miner_that(2, 200, |_| Err(HandlerError::rejected("no"))).await;
    let _other = scene.miner_that(3, 200, |_| Err(HandlerError::rejected("no"))).await;
    let error = scene.validator().await.route(QUESTION, RouteOptions::default()).await.unwrap_err();
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(error.attempts()[0].outcome, OutcomeClass::Refused);
}

#[tokio::test]
async fn a_key_goes_to_the_same_miner() {
    let scene = Scene::open().await;
    let _one = scene.miner(2, 200).await;
    let _other = scene.miner(3, 200).await;
    let phloem = scene.validator().await;
    let ask = async |key: &str| {
        let options = RouteOptions::default().strategy(Sticky).key(key);
        phloem.route(QUESTION, options).await.unwrap().answer.miner
    };
    for key in ["one", "two", "three", "four"] {
        assert_eq!(ask(key).await, ask(key).await);
    }
}

#[tokio::test]
async fn direct_query_with_verified_reply_readmits_tripped_miner() {
    let scene = Scene::open().await;
    let tap = Tap::new().await;
    let (miner, target) = scene.behind(&tap, 2).await;
    let impostor = impostor(&scene).await;
    let phloem = scene.validator().await;
    tap.lead_to(impostor.local_addr());
    let error = phloem.route(QUESTION, RouteOptions::default()).await.unwrap_err();
    assert_eq!(error.attempts()[0].outcome, OutcomeClass::WrongIdentity);

    tap.lead_to(miner.local_addr());
    tap.cut();
    // A miner with a wrong identity is excluded for a minute.
    let error = phloem.route(QUESTION, RouteOptions::default()).await.unwrap_err();
    assert!(matches!(error, RouteError::NoHealthyEndpoint { .. }), "{error}");
    eventually("the miner answers", async || phloem.query(&target, QUESTION).await.is_ok()).await;
    assert_eq!(
        phloem.route(QUESTION, RouteOptions::default()).await.unwrap().answer.reply,
        Sum { result: 8.0 }
    );
}
