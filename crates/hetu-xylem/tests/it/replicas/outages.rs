//! A Redis that stops, hangs and restarts.

use std::time::Duration;

use super::{CALL, Replicas};
use crate::support::{MathSum, refused};

#[tokio::test]
async fn without_redis_nothing_is_served_and_with_it_everything_again() {
    let mut replicas = Replicas::start().await;
    let session = replicas.open_session().await;
    let (envelope, target) = (replicas.caller.envelope(), replicas.caller.uri());
    let served = replicas.caller.sign::<MathSum>(&CALL).await.request;
    assert_eq!(replicas.caller.send(served.clone()).await.status, 200);
    let in_session = session.call::<MathSum>(&target, &CALL, &envelope).unwrap().request;
    assert_eq!(replicas.caller.send(in_session).await.status, 200);

    replicas.redis.kill();
    for _ in 0..4 {
        let reply = replicas.call().await;
        assert_eq!(reply.refusal(), refused(503, "signature_verification_unavailable"));
        assert!(reply.headers.contains_key("retry-after"));
        let signed = session.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        let reply = replicas.caller.send(signed.request).await;
        assert_eq!(reply.refusal(), refused(503, "signature_verification_unavailable"));
        assert!(reply.headers.contains_key("retry-after"));
    }
    assert_eq!(replicas.served(), [1, 1]);
    assert_eq!(replicas.health("/health/live").await, [200, 200]);
    replicas.until_ready_is(503).await;

    replicas.caller.clock.advance(Duration::from_secs(1));
    replicas.redis.restart().await;
    for _ in 0..2 {
        replicas.until(|reply| reply.status == 200).await;
    }
    replicas.until_ready_is(200).await;
    // Calls served before the crash are not served again, although no data was on the disk.
    for _ in 0..2 {
        let reply = replicas.caller.send(served.clone()).await;
        assert_eq!(reply.refusal(), refused(401, "request_predates_start"));
        let signed = session.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        let reply = replicas.caller.send(signed.request).await;
        assert_eq!(reply.refusal(), refused(401, "unknown_session"));
    }
    let session = replicas.open_session().await;
    for _ in 0..2 {
        let signed = session.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        assert_eq!(replicas.caller.send(signed.request).await.status, 200);
    }
}

#[tokio::test]
async fn a_redis_that_was_set_back_to_an_earlier_state_brings_no_request_back() {
    let mut replicas = Replicas::start().await;
    let mut connection = replicas.redis.connection().await;
    let session = replicas.open_session().await;
    assert_eq!(replicas.call().await.status, 200);
    redis::cmd("SAVE").exec_async(&mut connection).await.unwrap();
    let served = replicas.caller.sign::<MathSum>(&CALL).await.request;
    assert_eq!(replicas.caller.send(served.clone()).await.status, 200);

    replicas.redis.kill();
    replicas.caller.clock.advance(Duration::from_secs(1));
    replicas.redis.restart().await;
    replicas.until(|reply| reply.status == 200).await;
    let mut connection = replicas.redis.connection().await;
    let keys: Vec<String> =
        redis::cmd("KEYS").arg("*:session:*").query_async(&mut connection).await.unwrap();
    assert!(!keys.is_empty(), "the session is on the disk");
    for _ in 0..2 {
        let reply = replicas.caller.send(served.clone()).await;
        assert_eq!(reply.refusal(), refused(401, "request_predates_start"));
        let (envelope, target) = (replicas.caller.envelope(), replicas.caller.uri());
        let signed = session.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        let reply = replicas.caller.send(signed.request).await;
        assert_eq!(reply.refusal(), refused(401, "unknown_session"));
    }
}

#[tokio::test]
async fn a_redis_that_hangs_holds_nobody_for_long() {
    let replicas = Replicas::start().await;
    assert_eq!(replicas.call().await.status, 200);
    replicas.redis.signal("STOP");
    let calls = (0..8).map(|_| replicas.call());
    let replies =
        tokio::time::timeout(Duration::from_secs(20), futures_util::future::join_all(calls));
    for reply in replies.await.unwrap() {
        assert_eq!(reply.refusal(), refused(503, "signature_verification_unavailable"));
    }
    replicas.redis.signal("CONT");
    for _ in 0..2 {
        replicas.until(|reply| reply.status == 200).await;
    }
}
