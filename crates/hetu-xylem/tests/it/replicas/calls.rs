//! Calls that reach the two replicas in turn.

use hetu_cambium::{Codec, SessionLimits};
use hetu_xylem::{Policy, Rate};

use super::{CALL, Replicas};
use crate::support::{MathSum, Sum, refused};

#[tokio::test]
async fn a_request_counts_once_among_all_replicas() {
    let replicas = Replicas::start().await;
    for _ in 0..4 {
        let signed = replicas.caller.sign::<MathSum>(&CALL).await;
        let reply = replicas.caller.send(signed.request.clone()).await;
        assert_eq!(reply.status, 200, "{:?}", reply.content);
        assert_eq!(replicas.caller.verify(&signed.pending, &reply), Ok(()));
        // The copy reaches the other replica, and the next one reaches the first.
        for _ in 0..2 {
            let reply = replicas.caller.send(signed.request.clone()).await;
            assert_eq!(reply.refusal(), refused(401, "nonce_reused"));
        }
    }
    assert_eq!(replicas.served(), [2, 2]);
}

#[tokio::test]
async fn of_many_copies_at_once_exactly_one_is_served() {
    let replicas = Replicas::start().await;
    let signed = replicas.caller.sign::<MathSum>(&CALL).await;
    let copies = (0..40).map(|_| replicas.caller.send(signed.request.clone()));
    let replies = futures_util::future::join_all(copies).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    let refused = replies.iter().filter(|reply| reply.status == 401).count();
    assert_eq!((served, refused), (1, 39));
    assert_eq!(replicas.served().iter().sum::<usize>(), 1);
}

#[tokio::test]
async fn a_session_with_one_replica_is_one_with_all_and_its_numbers_count_once() {
    let replicas = Replicas::start().await;
    let session = replicas.open_session().await;
    let envelope = replicas.caller.envelope();
    for _ in 0..10 {
        let signed = session.call::<MathSum>(&replicas.caller.uri(), &CALL, &envelope).unwrap();
        let reply = replicas.caller.send(signed.request.clone()).await;
        assert_eq!(replicas.caller.verify(&signed.pending, &reply), Ok(()), "{:?}", reply.content);
        assert_eq!(Codec::Json.decode::<Sum>(&reply.content).unwrap(), Sum { result: 8.0 });
        for _ in 0..2 {
            let reply = replicas.caller.send(signed.request.clone()).await;
            assert_eq!(reply.refusal(), refused(401, "nonce_reused"));
        }
    }
    assert_eq!(replicas.served(), [5, 5]);
}

#[tokio::test]
async fn a_session_that_gives_way_to_a_newer_one_is_over_at_all_replicas() {
    let limits = SessionLimits::default().with_per_account(1);
    let replicas = Replicas::with(|options| options, |builder| builder.sessions(limits)).await;
    let envelope = replicas.caller.envelope();
    let target = replicas.caller.uri();
    let first = replicas.open_session().await;
    // Both replicas know it now.
    for _ in 0..2 {
        let signed = first.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        assert_eq!(replicas.caller.send(signed.request).await.status, 200);
    }
    let second = replicas.open_session().await;
    for _ in 0..2 {
        let signed = first.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        let reply = replicas.caller.send(signed.request).await;
        assert_eq!(reply.refusal(), refused(401, "unknown_session"));
        let signed = second.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        assert_eq!(replicas.caller.send(signed.request).await.status, 200);
    }
}

#[tokio::test]
async fn an_account_has_no_more_remembered_uses_than_it_may() {
    let replicas =
        Replicas::with(|options| options.with_uses_per_account(3), |builder| builder).await;
    for _ in 0..3 {
        assert_eq!(replicas.call().await.status, 200);
    }
    let reply = replicas.call().await;
    assert_eq!(reply.refusal(), refused(429, "rate_limited"));
    let wait: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((60..=181).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_caller_has_one_rate_among_all_replicas() {
    let policy = || Policy::validators().with_rate(Rate::per_minute(4).unwrap());
    let replicas = Replicas::with(|options| options, |builder| builder.policy(policy())).await;
    let session = replicas.open_session().await;
    let (envelope, target) = (replicas.caller.envelope(), replicas.caller.uri());
    assert_eq!(replicas.call().await.status, 200);
    for _ in 0..2 {
        let signed = session.call::<MathSum>(&target, &CALL, &envelope).unwrap();
        assert_eq!(replicas.caller.send(signed.request).await.status, 200);
    }
    for _ in 0..4 {
        let reply = replicas.call().await;
        assert_eq!(reply.refusal(), refused(429, "rate_limited"));
        let wait: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!(wait <= 15, "{wait}");
    }
    assert_eq!(replicas.served().iter().sum::<usize>(), 3);
}
