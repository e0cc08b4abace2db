//! Outcomes of handlers.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use hetu_cambium::{Envelope, Service};
use hetu_xylem::{HandlerError, Policy, ServerLimits, WorkLimits, XylemBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::support::{NETUID, Reply, Scene, metric, miner, refused, validator};

const SECRET: &str = "potentially sensitive";

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Behave {
    Fail,
    Panic,
    Reject,
    AskForPatience,
    AnswerUnwritably,
    Hang,
}

impl Service for Behave {
    const NAME: &'static str = "behave";
    type Request = Self;
    /// A type without a JSON form, because JSON has no form for such keys.
    type Reply = HashMap<(u8, u8), u8>;
}

async fn behave(call: Behave) -> Result<HashMap<(u8, u8), u8>, HandlerError> {
    match call {
        Behave::Fail => Err(io::Error::other(SECRET))?,
        Behave::Panic => panic!("{SECRET}"),
        Behave::Reject => Err(HandlerError::rejected("only sums below 100")),
        Behave::AskForPatience => Err(HandlerError::overloaded(Duration::from_millis(1_500))),
        Behave::AnswerUnwritably => Ok(HashMap::from([((1, 2), 3)])),
        Behave::Hang => std::future::pending().await,
    }
}

async fn scene(change: impl FnOnce(XylemBuilder) -> XylemBuilder) -> Scene {
    Scene::with(|builder| change(builder.attach::<Behave>(behave))).await
}

/// Returns the reply to a call. The miner signs it with every outcome.
async fn call(scene: &Scene, behave: Behave) -> Reply {
    let signed = scene.sign::<Behave>(&behave).await;
    let reply = scene.send(signed.request).await;
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()), "{behave:?}");
    reply
}

#[tokio::test]
async fn an_error_or_a_panic_is_an_opaque_500_and_the_miner_goes_on() {
    let scene = scene(|builder| builder).await;
    for behaviour in [Behave::Fail, Behave::Panic, Behave::AnswerUnwritably] {
        let reply = call(&scene, behaviour).await;
        assert_eq!(reply.refusal(), refused(500, "internal_error"));
        let text = String::from_utf8_lossy(&reply.content);
        assert!(!text.contains(SECRET) && !text.contains("key"), "{text}");
        assert!(reply.problem().request_id().is_some_and(|id| id.len() == 36));
    }
    assert_eq!(scene.send(scene.sign_sum().await.request).await.status, 200);
}

#[tokio::test]
async fn a_rejection_is_422_and_says_why() {
    let scene = scene(|builder| builder).await;
    let reply = call(&scene, Behave::Reject).await;
    assert_eq!(reply.refusal(), refused(422, "call_rejected"));
    assert_eq!(reply.problem().detail(), "only sums below 100");
    assert!(!reply.problem().is_retryable());
}

#[tokio::test]
async fn a_busy_service_is_503_and_says_when_to_come_back() {
    let scene = scene(|builder| builder).await;
    let reply = call(&scene, Behave::AskForPatience).await;
    assert_eq!(reply.refusal(), refused(503, "overloaded"));
    assert_eq!(reply.headers["retry-after"], "2");
    assert!(reply.problem().is_retryable());
}

#[tokio::test]
async fn a_call_ends_when_the_caller_stops_waiting() {
    let scene = scene(|builder| builder).await;
    let envelope = Envelope::new(NETUID, miner().address(), Duration::from_millis(50));
    let signed = scene.sign_as::<Behave>(validator(), &Behave::Hang, envelope).await;
    // The miner's own limit is a minute.
    let reply = timeout(Duration::from_secs(10), scene.send(signed.request)).await.unwrap();
    assert_eq!(reply.refusal(), refused(504, "deadline_exceeded"));
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
}

#[tokio::test]
async fn a_call_ends_when_the_miner_has_had_enough() {
    let limits = ServerLimits::default().with_call_timeout(Duration::from_millis(50));
    let scene = scene(|builder| builder.limits(limits)).await;
    let reply = call(&scene, Behave::Hang).await;
    assert_eq!(reply.refusal(), refused(504, "deadline_exceeded"));
}

fn behave_blocking(call: Behave) -> Result<HashMap<(u8, u8), u8>, HandlerError> {
    match call {
        Behave::Fail => Err(io::Error::other(SECRET))?,
        Behave::Panic => panic!("{SECRET}"),
        Behave::Reject => Err(HandlerError::rejected("only sums below 100")),
        Behave::AskForPatience => Err(HandlerError::overloaded(Duration::from_millis(1_500))),
        Behave::AnswerUnwritably | Behave::Hang => Ok(HashMap::from([((1, 2), 3)])),
    }
}

#[tokio::test]
async fn a_blocking_handler_answers_and_fails_like_any_other() {
    let scene = Scene::with(|builder| builder.attach_blocking::<Behave>(behave_blocking)).await;
    for (behaviour, status, reason) in [
        (Behave::Fail, 500, "internal_error"),
        (Behave::Panic, 500, "internal_error"),
        (Behave::AnswerUnwritably, 500, "internal_error"),
        (Behave::Reject, 422, "call_rejected"),
        (Behave::AskForPatience, 503, "overloaded"),
    ] {
        let reply = call(&scene, behaviour).await;
        assert_eq!(reply.refusal(), refused(status, reason));
        assert!(!String::from_utf8_lossy(&reply.content).contains(SECRET));
        assert!(reply.problem().request_id().is_some());
    }
}

/// A handler that blocks its thread until it is released.
struct Block;

impl Service for Block {
    const NAME: &'static str = "block";
    type Request = ();
    type Reply = u8;
}

#[tokio::test]
async fn a_blocking_handler_is_at_work_until_it_ends_whoever_waits_for_it() {
    let (let_go, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let work = WorkLimits::default().with_at_once(1).with_queue(0);
    let scene = Scene::with(|builder| {
        builder.policy(Policy::validators().with_work(work)).attach_blocking::<Block>(move |()| {
            gate.lock().unwrap().recv()?;
            Ok(7)
        })
    })
    .await;
    let envelope = Envelope::new(NETUID, miner().address(), Duration::from_millis(500));
    let signed = scene.sign_as::<Block>(validator(), &(), envelope).await;
    let reply = scene.send(signed.request).await;
    assert_eq!(reply.refusal(), refused(504, "deadline_exceeded"));
    // The thread is still busy, although no caller waits for it any more.
    let reply = scene.send(scene.sign_sum().await.request).await;
    assert_eq!(reply.refusal(), refused(503, "overloaded"));
    let_go.send(()).unwrap();
    while metric(&scene, "hetu_xylem_calls_at_work") > 0 {
        tokio::task::yield_now().await;
    }
    let_go.send(()).unwrap();
    let reply = scene.send(scene.sign::<Block>(&()).await.request).await;
    assert_eq!((reply.status.as_u16(), &reply.content[..]), (200, &b"7"[..]));
}
