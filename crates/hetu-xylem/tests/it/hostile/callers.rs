//! Callers with replayed requests, wrong clocks, or a registration that has changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Envelope, RequestSigner};
use hetu_chain::Amount;
use hetu_chain::model::Registration;
use hetu_devnet::Devnet;
use hetu_metastruct::Metastruct;
use hetu_xylem::Xylem;
use http::Request;

use super::serves;
use crate::support::{MathSum, Scene, Sum, add, builder, refused, send, wallet};

#[tokio::test]
async fn a_request_is_not_served_once_more_after_a_restart() {
    let before = Scene::new().await;
    let signed = before.sign_sum().await.request;
    assert_eq!(before.send(signed.clone()).await.status, 200);
    let address = before.address();
    let Scene { clock, miner } = before;
    miner.stop().await;

    clock.advance(Duration::from_secs(2));
    let restarted = builder(&clock).bind(address.to_string()).start().await.unwrap();
    let after = Scene { clock, miner: restarted };
    let again = after.send(signed).await;
    assert_eq!(again.status, 401, "{:?}", again.problem());
    serves(&after).await;
}

#[tokio::test]
async fn clocks_that_are_wrong_are_told_so_and_cost_nothing() {
    let scene = Scene::new().await;
    for (seconds, is_ahead) in [(3_600, true), (3_600, false), (86_400, true), (86_400, false)] {
        let skewed = crate::support::clock();
        let base = Duration::from_secs(1_700_000_000);
        let skew = Duration::from_secs(seconds);
        skewed.set(if is_ahead { base + skew } else { base - skew });
        let signer = RequestSigner::new(Arc::new(wallet(1)), crate::support::CHAIN);
        let signer = signer.with_clock(skewed);
        let call = MathSum { x: 1.0, y: 2.0 };
        let signed =
            signer.call::<MathSum>(&scene.uri(""), &call, &scene.envelope()).await.unwrap();
        let reply = scene.send(signed.request).await;
        let reason = if is_ahead { "request_not_yet_valid" } else { "request_expired" };
        assert_eq!(reply.refusal(), refused(401, reason));
    }
    serves(&scene).await;
}

#[tokio::test]
async fn nothing_unsigned_forged_or_without_the_role_reaches_the_handler() {
    let served = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&served);
    struct Counted;
    impl hetu_cambium::Service for Counted {
        const NAME: &'static str = "counted";
        type Request = MathSum;
        type Reply = Sum;
    }
    let scene = Scene::with(|builder| {
        builder.attach::<Counted>(move |call| {
            counter.fetch_add(1, Ordering::Relaxed);
            add(call)
        })
    })
    .await;
    let call = MathSum { x: 1.0, y: 1.0 };
    for number in [2, 3, 4, 9] {
        let signed = scene.sign_as::<Counted>(wallet(number), &call, scene.envelope()).await;
        assert_eq!(scene.send(signed.request).await.refusal(), refused(403, "role_not_allowed"));
    }
    let unsigned = Request::post(scene.uri("/counted")).body(Bytes::from_static(b"{}")).unwrap();
    assert_eq!(scene.send(unsigned).await.refusal(), refused(401, "signature_missing"));
    let mut forged = scene.sign::<Counted>(&call).await.request;
    *forged.body_mut() = Bytes::from_static(br#"{"x":2.0,"y":2.0}"#);
    assert_eq!(scene.send(forged).await.status, 401);
    assert_eq!(served.load(Ordering::Relaxed), 0);
    let signed = scene.sign::<Counted>(&call).await;
    assert_eq!(scene.send(signed.request).await.status, 200);
    assert_eq!(served.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_validator_that_deregisters_is_served_no_more() {
    let devnet = Devnet::builder().start().await.unwrap();
    let owner = devnet.connect_as(1).await.unwrap();
    let netuid = devnet.open_subnet(&owner).await.unwrap();
    let validator = devnet.connect_as(3).await.unwrap();
    let registration = Registration::validator(netuid, Amount::from_hetu(500));
    validator.dendrons().ensure(&registration).await.unwrap();
    let hetu = devnet.connect_as(2).await.unwrap();
    let metastruct = Metastruct::builder(hetu.clone(), netuid)
        .refresh_interval(Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    let miner = Xylem::builder(hetu, netuid)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .metastruct(metastruct)
        .bind("127.0.0.1:0")
        .attach::<MathSum>(add)
        .start()
        .await
        .unwrap();
    let signer =
        RequestSigner::new(Arc::clone(validator.signer().unwrap()), validator.network().chain_id);
    let endpoint = format!("http://{}", miner.local_addr()).parse().unwrap();
    let envelope = Envelope::new(netuid, miner.address(), Duration::from_secs(10));
    let call = MathSum { x: 5.0, y: 3.0 };
    let ask = async || {
        let signed = signer.call::<MathSum>(&endpoint, &call, &envelope).await.unwrap();
        send(miner.local_addr(), signed.request).await
    };
    assert_eq!(ask().await.status, 200);
    validator.dendrons().deregister(netuid).await.unwrap();
    loop {
        let reply = ask().await;
        if reply.status != 200 {
            assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
