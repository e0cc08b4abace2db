//! Replies that arrive item by item.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hetu_cambium::{
    Envelope, EventStreamVerifier, PendingReply, Problem, RequestSigner, Service, StreamLimits,
    StreamPart, StreamRefusal, StreamService,
};
use hetu_xylem::{
    HandlerError, ItemSender, Policy, RequestId, ServerLimits, WorkLimits, XylemBuilder,
};
use http::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::support::{
    CHAIN, NETUID, Reply, Scene, connect, exchange, metric, miner, refused, validator,
};

const SECRET: &str = "potentially sensitive";

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Ending {
    Complete,
    Reject,
    Fail,
    Panic,
    Hang,
}

/// A stream that counts from 0 and then ends.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
struct Count {
    to: u32,
    ending: Ending,
}

impl StreamService for Count {
    const NAME: &'static str = "count";
    type Request = Self;
    type Item = u32;
}

async fn count(call: Count, items: ItemSender<u32>) -> Result<(), HandlerError> {
    for number in 0..call.to {
        items.send(number).await?;
    }
    match call.ending {
        Ending::Complete => Ok(()),
        Ending::Reject => Err(HandlerError::rejected("no more")),
        Ending::Fail => Err(std::io::Error::other(SECRET))?,
        Ending::Panic => panic!("{SECRET}"),
        Ending::Hang => std::future::pending().await,
    }
}

async fn scene(change: impl FnOnce(XylemBuilder) -> XylemBuilder) -> Scene {
    Scene::with(|builder| change(builder.attach_stream::<Count>(count))).await
}

async fn open(
    scene: &Scene,
    path: &str,
    call: &impl Serialize,
    timeout: Duration,
) -> (PendingReply, Response<Incoming>) {
    let content = Bytes::from(serde_json::to_vec(call).unwrap());
    let request = http::Request::post(scene.uri(path)).body(()).unwrap();
    let (mut parts, ()) = request.into_parts();
    parts.headers.insert("content-type", "application/json".parse().unwrap());
    let signer = RequestSigner::new(Arc::new(validator()), CHAIN).with_clock(scene.clock.clone());
    let envelope = Envelope::new(NETUID, miner().address(), timeout);
    let pending = signer.sign(&mut parts, &content, &envelope).await.unwrap();
    let request = http::Request::from_parts(parts, content);
    (pending, exchange(&mut connect(scene.address()).await, request).await.unwrap())
}

fn verifier(
    scene: &Scene,
    pending: &PendingReply,
    reply: &Response<Incoming>,
) -> Result<EventStreamVerifier, StreamRefusal> {
    let limits = StreamLimits::default();
    pending.verify_stream(reply.status(), reply.headers(), limits, &*scene.clock)
}

/// Returns every part of a stream that the miner signed, from its head to its end.
async fn parts_within(scene: &Scene, call: Count, timeout: Duration) -> Vec<StreamPart> {
    let (pending, reply) = open(scene, "/count", &call, timeout).await;
    let mut verifier = verifier(scene, &pending, &reply).unwrap();
    let content = reply.into_body().collect().await.unwrap().to_bytes();
    let parts = verifier.feed(&content).unwrap();
    assert_eq!(verifier.finish(), Ok(()));
    parts
}

async fn parts(scene: &Scene, to: u32, ending: Ending) -> Vec<StreamPart> {
    parts_within(scene, Count { to, ending }, Duration::from_secs(20)).await
}

/// Returns the problem before the end of a stream that counted to 3.
fn problem(parts: &[StreamPart]) -> &Problem {
    let (items, rest) = parts.split_at(3);
    for (number, item) in (0_u32..).zip(items) {
        assert_eq!(item.item(), Ok(Some(number)));
    }
    let [StreamPart::Problem(problem), StreamPart::Failed] = rest else { panic!("{rest:?}") };
    problem
}

#[tokio::test]
async fn a_stream_is_the_miners_word_from_its_head_to_its_end() {
    let scene = scene(|builder| builder).await;
    let parts = parts(&scene, 100, Ending::Complete).await;
    let numbers: Vec<u32> = parts.iter().filter_map(|part| part.item().unwrap()).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    assert_eq!(parts.last(), Some(&StreamPart::Complete));
    assert_eq!(parts.len(), 101);
}

#[tokio::test]
async fn a_stream_may_be_empty() {
    let scene = scene(|builder| builder).await;
    assert_eq!(parts(&scene, 0, Ending::Complete).await, [StreamPart::Complete]);
}

#[tokio::test]
async fn what_goes_wrong_before_the_first_item_is_an_ordinary_reply() {
    let scene = scene(|builder| builder).await;
    for (ending, status, reason) in [
        (Ending::Reject, 422, "call_rejected"),
        (Ending::Fail, 500, "internal_error"),
        (Ending::Panic, 500, "internal_error"),
    ] {
        let call = Count { to: 0, ending };
        let (pending, reply) = open(&scene, "/count", &call, Duration::from_secs(20)).await;
        let (parts, body) = reply.into_parts();
        let content = body.collect().await.unwrap().to_bytes();
        let reply = Reply { status: parts.status, headers: parts.headers, content };
        assert_eq!(reply.refusal(), refused(status, reason));
        assert_eq!(scene.verify(&pending, &reply), Ok(()));
    }
}

#[tokio::test]
async fn what_goes_wrong_later_is_told_in_the_stream() {
    let scene = scene(|builder| builder).await;
    let parts_of_rejected = parts(&scene, 3, Ending::Reject).await;
    let rejected = problem(&parts_of_rejected);
    assert_eq!((rejected.reason_text(), rejected.detail()), ("call_rejected", "no more"));
    for ending in [Ending::Fail, Ending::Panic] {
        let parts = parts(&scene, 3, ending).await;
        let problem = problem(&parts);
        assert_eq!((problem.status(), problem.reason_text()), (500, "internal_error"));
        assert!(!problem.detail().contains(SECRET));
        assert!(problem.request_id().is_some());
    }
}

#[tokio::test]
async fn the_time_of_a_stream_is_bounded() {
    let scene = scene(|builder| builder).await;
    let call = Count { to: 3, ending: Ending::Hang };
    let parts = parts_within(&scene, call, Duration::from_secs(1)).await;
    assert_eq!(problem(&parts).reason_text(), "deadline_exceeded");
}

/// A stream of big items without an end.
struct Flood;

impl StreamService for Flood {
    const NAME: &'static str = "flood";
    type Request = ();
    type Item = String;
}

/// Starts a miner with such a service. It counts the items that it sends, and signals when its
/// handler is gone.
async fn flooding(limits: ServerLimits) -> (Scene, Arc<AtomicUsize>, Arc<Notify>) {
    struct Guard(Arc<Notify>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let (sent, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counter, notify) = (Arc::clone(&sent), Arc::clone(&ended));
    let scene = Scene::with(|builder| {
        builder.limits(limits).attach_stream::<Flood>(move |(), items| {
            let (counter, guard) = (Arc::clone(&counter), Guard(Arc::clone(&notify)));
            async move {
                let _guard = guard;
                let items_for_ever = stream::repeat("x".repeat(256 * 1024)).map(Ok);
                items
                    .send_all(items_for_ever.inspect(|_| {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }))
                    .await
            }
        })
    })
    .await;
    (scene, sent, ended)
}

#[tokio::test]
async fn a_caller_who_does_not_read_holds_the_handler_up_until_its_time_is_over() {
    let limits = ServerLimits::default().with_call_timeout(Duration::from_secs(1));
    let (scene, sent, ended) = flooding(limits).await;
    let (_pending, reply) = open(&scene, "/flood", &(), Duration::from_secs(20)).await;
    assert_eq!(reply.status(), 200);
    ended.notified().await;
    // The sockets and the lead of a handler are bounded, so the count stays far below the items of
    // a second.
    let sent = sent.load(Ordering::Relaxed);
    assert!((1..200).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_its_stream() {
    let (scene, _, ended) = flooding(ServerLimits::default()).await;
    let (pending, mut reply) = open(&scene, "/flood", &(), Duration::from_secs(20)).await;
    let mut verifier = verifier(&scene, &pending, &reply).unwrap();
    let frame = reply.body_mut().frame().await.unwrap().unwrap();
    verifier.feed(frame.data_ref().unwrap()).unwrap();
    drop(reply);
    ended.notified().await;
    assert_eq!(verifier.finish(), Err(StreamRefusal::Truncated));
    loop {
        let metrics = scene.miner.render_metrics();
        if metrics.contains("calls_total{service=\"flood\",outcome=\"abandoned\"} 1\n") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_is_at_work_until_it_is_over() {
    let work = WorkLimits::default().with_at_once(1).with_queue(0);
    let scene = scene(|builder| builder.policy(Policy::validators().with_work(work))).await;
    let call = Count { to: 3, ending: Ending::Hang };
    let (_pending, reply) = open(&scene, "/count", &call, Duration::from_secs(20)).await;
    assert_eq!(reply.status(), 200);
    let refusal = scene.send(scene.sign_sum().await.request).await.refusal();
    assert_eq!(refusal, refused(503, "overloaded"));
    drop(reply);
    while metric(&scene, "hetu_xylem_calls_at_work") > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.send(scene.sign_sum().await.request).await.status, 200);
}

/// A stream that returns the name of its own request.
struct Name;

impl StreamService for Name {
    const NAME: &'static str = "name";
    type Request = ();
    type Item = String;
}

struct NameBlocking;

impl Service for NameBlocking {
    const NAME: &'static str = "name-blocking";
    type Request = ();
    type Reply = String;
}

fn own_name() -> String {
    RequestId::current().unwrap().to_string()
}

#[tokio::test]
async fn handlers_of_every_kind_know_the_name_of_their_request() {
    let scene = scene(|builder| {
        builder
            .attach_stream::<Name>(|(), items| async move { items.send(own_name()).await })
            .attach_blocking::<NameBlocking>(|()| Ok(own_name()))
    })
    .await;
    let reply = scene.send(scene.sign::<NameBlocking>(&()).await.request).await;
    assert_eq!(reply.json(), reply.headers["x-request-id"].to_str().unwrap());

    let timeout = Duration::from_secs(20);
    let (pending, reply) = open(&scene, "/name", &(), timeout).await;
    let name = reply.headers()["x-request-id"].clone();
    let mut reading = verifier(&scene, &pending, &reply).unwrap();
    let content = reply.into_body().collect().await.unwrap().to_bytes();
    let parts = reading.feed(&content).unwrap();
    assert_eq!(parts[0].item::<String>().unwrap().unwrap(), name.to_str().unwrap());

    let failing = Count { to: 3, ending: Ending::Fail };
    let (pending, reply) = open(&scene, "/count", &failing, timeout).await;
    let name = reply.headers()["x-request-id"].clone();
    let mut reading = verifier(&scene, &pending, &reply).unwrap();
    let content = reply.into_body().collect().await.unwrap().to_bytes();
    let parts = reading.feed(&content).unwrap();
    assert_eq!(problem(&parts).request_id(), Some(name.to_str().unwrap()));
}

#[tokio::test]
async fn the_documents_tell_streams_from_calls() {
    let scene = scene(|builder| builder).await;
    let services = scene.get("/.well-known/hetu").await.json()["services"].take();
    let kinds: Vec<_> = services
        .as_array()
        .unwrap()
        .iter()
        .map(|service| (service["name"].clone(), service["kind"].clone()))
        .collect();
    assert_eq!(kinds, [("count".into(), "stream".into()), ("math-sum".into(), "call".into())]);
    let document = scene.get("/openapi.json").await.json();
    let content = &document["paths"]["/count"]["post"]["responses"]["200"]["content"];
    assert_eq!(content["text/event-stream"]["schema"]["type"], "integer");
}
