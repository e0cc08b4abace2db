//! The proof of the registered key, which precedes every other message.

use std::sync::Arc;
use std::time::Duration;

use hetu_phloem::{BroadcastOptions, ConnectionLimits, IdentityRefusal, ProofPolicy, QueryError};
use tokio::net::TcpListener;

use crate::foreign::{Foreign, Setup};
use crate::impostors::impostor;
use crate::scene::{QUESTION, Scene, Sum};
use crate::tap::{Tap, eventually};

const PROOF: &str = "GET /.well-known/hetu ";
const CALL: &str = "POST /MathSum ";

#[tokio::test]
async fn a_miner_proves_its_key_once_and_then_is_asked() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    let document = phloem.prove(&target).await.unwrap().unwrap();
    assert_eq!(document.address, target.address);
    assert_eq!((tap.count(PROOF), tap.count(CALL)), (1, 0));
    for _ in 0..3 {
        phloem.query(&target, QUESTION).await.unwrap();
    }
    assert_eq!((tap.count(PROOF), tap.count(CALL)), (1, 3));
}

#[tokio::test]
async fn callers_at_once_share_one_proof() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    for outcome in phloem.broadcast(&vec![target; 64], QUESTION, BroadcastOptions::default()).await
    {
        assert_eq!(outcome.unwrap().reply, Sum { result: 8.0 });
    }
    assert_eq!((tap.count(PROOF), tap.count(CALL)), (1, 64));
}

/// Verifies S15: with another key at the address there is no traffic and no connection is kept.
#[tokio::test]
async fn with_another_key_at_the_endpoint_no_call_is_sent_and_no_connection_kept() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let impostor = impostor(&scene).await;
    tap.lead_to(impostor.local_addr());
    let target = scene.registered_at(2, tap.port()).await;
    let phloem = scene.validator().await;
    for outcome in
        phloem.broadcast(&vec![target.clone(); 32], QUESTION, BroadcastOptions::default()).await
    {
        let error = outcome.unwrap_err();
        assert!(matches!(error, QueryError::WrongIdentity(_)), "{error}");
    }
    assert_eq!((tap.count(PROOF), tap.count("POST ")), (1, 0));
    eventually("no connection is open", async || tap.open() == 0).await;
    // The failure is remembered: no request is sent.
    phloem.query(&target, QUESTION).await.unwrap_err();
    assert_eq!((tap.count(PROOF), tap.open()), (1, 0));
}

/// Verifies S15: an unreachable miner delays no other miner.
#[tokio::test]
async fn a_miner_that_hangs_delays_neither_the_picture_nor_the_others() {
    let scene = Scene::open().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hanging = scene.registered_at(2, silent.local_addr().unwrap().port()).await;
    let phloem = scene.validator().await;
    let waiting = tokio::spawn({
        let phloem = phloem.clone();
        async move { phloem.query(&hanging, QUESTION).await }
    });
    let _newcomer = scene.miner(3, 400).await;
    let answer = phloem.query(&phloem.discover()[0], QUESTION).await.unwrap();
    assert_eq!(answer.miner, scene.wallet(3).address());
    assert!(!waiting.is_finished(), "the silent one is waited for by its own caller alone");
    waiting.abort();
}

/// Verifies S11: a dropped client has no connections.
#[tokio::test]
async fn a_client_that_is_dropped_closes_its_connections() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    phloem.query(&target, QUESTION).await.unwrap();
    assert!(tap.open() > 0);
    drop(phloem);
    eventually("no connection is open", async || tap.open() == 0).await;
}

#[tokio::test]
async fn a_proof_is_renewed_at_its_interval_while_calls_go_on() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let builder = scene.builder_as(1).await.proof_interval(Duration::from_millis(300));
    let phloem = builder.start().await.unwrap();
    eventually("three proofs", async || {
        phloem.query(&target, QUESTION).await.unwrap();
        tap.count(PROOF) >= 3
    })
    .await;
}

#[tokio::test]
async fn calls_beyond_the_limit_of_a_miner_wait_for_the_connections_there_are() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let limits = ConnectionLimits::default().with_exchanges_per_miner(2);
    let builder = scene.builder_as(1).await.connection_limits(limits).without_sessions();
    let phloem = builder.start().await.unwrap();
    for outcome in phloem.broadcast(&vec![target; 64], QUESTION, BroadcastOptions::default()).await
    {
        outcome.unwrap();
    }
    // A connection that is still being opened when another becomes free is kept for later.
    assert!(tap.taken() <= 4, "{} connections for 64 calls", tap.taken());
}

#[tokio::test]
async fn a_miner_that_moves_proves_its_key_anew() {
    let (scene, first, second) = (Scene::open().await, Tap::new().await, Tap::new().await);
    let (miner, target) = scene.behind(&first, 2).await;
    let phloem = scene.validator().await;
    phloem.query(&target, QUESTION).await.unwrap();
    second.lead_to(miner.local_addr());
    let moved = scene.registered_at(2, second.port()).await;
    phloem.query(&moved, QUESTION).await.unwrap();
    assert_eq!((first.count(PROOF), second.count(PROOF)), (1, 1));
}

#[tokio::test]
async fn a_key_that_changes_behind_a_proven_endpoint_is_noticed_before_the_next_call() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let (_miner, target) = scene.behind(&tap, 2).await;
    let phloem = scene.validator().await;
    phloem.query(&target, QUESTION).await.unwrap();
    let impostor = impostor(&scene).await;
    tap.lead_to(impostor.local_addr());
    tap.cut();
    eventually("the connections are closed", async || tap.open() == 0).await;
    let (calls, proofs) = (tap.count(CALL), tap.count(PROOF));
    // A new connection goes to the impostor, and its reply is rejected. The client does not call it
    // again.
    let error = phloem.query(&target, QUESTION).await.unwrap_err();
    assert!(matches!(error, QueryError::Untrusted(_)), "{error}");
    for _ in 0..3 {
        let error = phloem.query(&target, QUESTION).await.unwrap_err();
        assert!(matches!(error, QueryError::WrongIdentity(_)), "{error}");
    }
    assert_eq!((tap.count(CALL), tap.count(PROOF)), (calls + 1, proofs + 1));
    eventually("no connection is open", async || tap.open() == 0).await;
}

#[tokio::test]
async fn a_miner_that_comes_back_is_found_again() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let target = scene.registered_at(2, tap.port()).await;
    let phloem = scene.validator().await;
    let error = phloem.query(&target, QUESTION).await.unwrap_err();
    assert!(matches!(error, QueryError::ConnectionLost { .. }), "{error}");
    let miner = scene.detached_as(Arc::new(scene.wallet(2))).start().await.unwrap();
    tap.lead_to(miner.local_addr());
    eventually("it answers", async || phloem.query(&target, QUESTION).await.is_ok()).await;
}

#[tokio::test]
async fn a_miner_that_signs_calls_alone_is_served_by_the_policy_of_the_first_reply() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let foreign = Foreign::start(&scene, Setup::of(2)).await;
    tap.lead_to(foreign.address);
    let target = scene.registered_at(2, tap.port()).await;
    let strict = scene.validator().await;
    let error = strict.query(&target, QUESTION).await.unwrap_err();
    assert!(matches!(error, QueryError::UnexpectedStatus { .. }), "{error}");
    assert_eq!(tap.count("POST "), 0);

    let builder = scene.builder_as(1).await.proof_policy(ProofPolicy::FirstReply);
    let trusting = builder.start().await.unwrap();
    assert_eq!(trusting.prove(&target).await.unwrap(), None);
    for outcome in
        trusting.broadcast(&vec![target; 16], QUESTION, BroadcastOptions::default()).await
    {
        assert_eq!(outcome.unwrap().reply, Sum { result: 8.0 });
    }
    assert_eq!(tap.count(CALL), 16);
}

#[tokio::test]
async fn by_the_policy_of_the_first_reply_an_impostor_sees_one_call_and_no_more() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let foreign = Foreign::start(&scene, Setup { claimed: 2, ..Setup::of(3) }).await;
    tap.lead_to(foreign.address);
    let target = scene.registered_at(2, tap.port()).await;
    let builder = scene.builder_as(1).await.proof_policy(ProofPolicy::FirstReply);
    let trusting = builder.start().await.unwrap();
    for outcome in
        trusting.broadcast(&vec![target; 16], QUESTION, BroadcastOptions::default()).await
    {
        let error = outcome.unwrap_err();
        assert!(matches!(error, QueryError::Untrusted(_)), "{error}");
    }
    assert_eq!(tap.count(CALL), 1);
}

#[tokio::test]
async fn a_document_of_another_subnet_is_no_proof() {
    let scene = Scene::open().await;
    let elsewhere = scene.detached_in(9, Arc::new(scene.wallet(2))).start().await.unwrap();
    let target = scene.registered_at(2, elsewhere.local_addr().port()).await;
    let error = scene.validator().await.query(&target, QUESTION).await.unwrap_err();
    // It refuses before it signs anything.
    let QueryError::Refused { problem, is_signed: false, .. } = &error else { panic!("{error}") };
    assert_eq!(problem.reason_text(), "wrong_netuid");
    assert_ne!(error.to_string(), IdentityRefusal::OtherRecipient.to_string());
}

/// Covers the memory for thousands of peers: documents beyond a fixed size are not cached.
#[tokio::test]
async fn long_document_is_asked_for_again_and_one_beyond_its_limit_is_refused() {
    let scene = Scene::open().await;
    let foreign =
        Foreign::start(&scene, Setup { document: Some(|plain| plain), ..Setup::of(2) }).await;
    let target = scene.registered_at(2, foreign.address.port()).await;
    let phloem = scene.validator().await;
    let plain = foreign.document();
    for length in [100, 40_000] {
        let mut document = plain.clone();
        document.codecs.push("x".repeat(length));
        foreign.publish(document.clone());
        let phloem = scene.validator().await;
        for _ in 0..2 {
            assert_eq!(*phloem.prove(&target).await.unwrap().unwrap(), document);
        }
        phloem.query(&target, QUESTION).await.unwrap();
    }
    let mut document = plain.clone();
    document.codecs.push("x".repeat(300_000));
    foreign.publish(document);
    let error = phloem.query(&target, QUESTION).await.unwrap_err();
    assert!(matches!(error, QueryError::TooLarge { .. }), "{error}");
}
