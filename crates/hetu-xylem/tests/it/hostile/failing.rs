//! Callers with signatures that do not verify, and registered callers among many others.

use hetu_cambium::{ReplayLimits, SessionHandshake, SessionLimits, SessionOffer};
use hetu_xylem::Policy;
use http::HeaderValue;

use crate::support::{MathSum, Scene, connect, other_miner, refused, send_over, validator, wallet};

const CALL: MathSum = MathSum { x: 5.0, y: 3.0 };

/// Regression test: failures were not counted, so each cost a recovery as often as the client
/// liked.
#[tokio::test]
async fn address_whose_signatures_keep_failing_is_429_but_not_on_verified_connections() {
    let scene = Scene::new().await;
    let mut verified = connect(scene.address()).await;
    let request = scene.sign_sum().await.request;
    assert_eq!(send_over(&mut verified, request).await.unwrap().status, 200);
    let mut forged = scene.sign_sum().await.request;
    forged.headers_mut().insert("hetu-timeout-ms", HeaderValue::from_static("12345"));
    let mut hostile = connect(scene.address()).await;
    let mut failures = 0;
    let reply = loop {
        hostile.ready().await.unwrap();
        let reply = send_over(&mut hostile, forged.clone()).await.unwrap();
        if reply.status != 401 {
            break reply;
        }
        assert_eq!(reply.refusal(), refused(401, "bad_signature"));
        failures += 1;
        assert!(failures < 10_000);
    };
    assert!(failures >= 100, "{failures}");
    assert_eq!(reply.refusal(), refused(429, "rate_limited"));
    assert!(reply.headers.contains_key("retry-after"));
    // The account that the forged requests claim is not charged.
    let request = scene.sign_sum().await.request;
    verified.ready().await.unwrap();
    assert_eq!(send_over(&mut verified, request).await.unwrap().status, 200);
}

/// Covers an open policy, where every account that signs is served and new keys are free.
#[tokio::test]
async fn registered_caller_is_served_after_a_flood_of_throw_away_keys() {
    let limits = ReplayLimits::default().with_principals(16);
    let sessions = SessionLimits::default().with_capacity(4);
    let scene = Scene::with(|builder| {
        builder.policy(Policy::anyone()).replay_limits(limits).sessions(sessions)
    })
    .await;
    let mut outcomes = Vec::new();
    for number in 10..40 {
        let signed = scene.sign_as::<MathSum>(wallet(number), &CALL, scene.envelope()).await;
        outcomes.push(scene.send(signed.request).await.status.as_u16());
    }
    assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 8, "{outcomes:?}");
    assert_eq!(outcomes.last(), Some(&503));
    for caller in [validator(), other_miner()] {
        let signed = scene.sign_as::<MathSum>(caller, &CALL, scene.envelope()).await;
        assert_eq!(scene.send(signed.request).await.status, 200);
    }

    let open = async |caller| {
        let offer = SessionHandshake::new().unwrap().offer(None);
        let signed = scene.sign_as::<SessionOffer>(caller, &offer, scene.envelope()).await;
        scene.send(signed.request).await.status.as_u16()
    };
    let statuses = [open(wallet(10)).await, open(wallet(11)).await, open(wallet(12)).await];
    assert_eq!(statuses, [200, 200, 503]);
    assert_eq!([open(validator()).await, open(other_miner()).await], [200, 200]);
}
