//! Fields that correlate the log of a validator with those of its miners.

use std::sync::Arc;

use hetu_phloem::{BroadcastOptions, Call, RouteOptions, in_trace, new_trace};
use hetu_testkit::captured_log::CapturedLog;
use hetu_xylem::HandlerError;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

use crate::foreign::{Count, End};
use crate::scene::{QUESTION, Scene};
use crate::tap::{Tap, eventually};

/// The log of this thread, on which the miners of the test run too.
struct Log(CapturedLog);

impl Log {
    fn begin() -> (Self, DefaultGuard) {
        let (log, guard) = CapturedLog::begin();
        (Self(log), guard)
    }

    /// Returns the lines of a target about this service.
    fn lines(&self, target: &str, service: &str) -> Vec<Value> {
        let path = format!("/{service}");
        let is_wanted = |line: &Value| line["service"] == service || line["path"] == path.as_str();
        self.0.lines(target).into_iter().filter(is_wanted).collect()
    }

    /// Waits for the miners' access lines of `count` calls and returns them.
    async fn access(&self, count: usize) -> Vec<Value> {
        let access = || self.lines("hetu_xylem::access", "MathSum");
        eventually("the access log has it", async || access().len() >= count).await;
        access()
    }

    fn calls(&self) -> Vec<Value> {
        self.lines("hetu_phloem::calls", "MathSum")
    }
}

#[tokio::test]
async fn an_answer_is_found_in_both_logs_by_its_request_and_by_its_trace() {
    let (log, _guard) = Log::begin();
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let phloem = scene.validator().await;
    // The first call is signed by the wallet, the others use a session.
    for number in 0..3 {
        let answer = phloem.query(&scene.target(2), QUESTION).await.unwrap();
        let (access, calls) = (log.access(number + 1).await, log.calls());
        let (theirs, ours) = (&access[number], &calls[number]);
        assert_eq!(theirs["request_id"], answer.request_id.as_deref().unwrap());
        assert_eq!(theirs["request_id"], ours["request_id"]);
        assert_eq!(theirs["trace_id"], ours["trace_id"]);
        assert_eq!(ours["miner"], answer.miner.to_string());
        assert!(number == 0 || ours["trace_id"] != calls[number - 1]["trace_id"]);
    }
}

#[tokio::test]
async fn so_is_what_failed() {
    let (log, _guard) = Log::begin();
    let scene = Scene::open().await;
    let _miner = scene.miner_that(2, 200, |_| Err(HandlerError::internal("no"))).await;
    let phloem = scene.validator().await;
    let error = phloem.query(&scene.target(2), QUESTION).await.unwrap_err();
    let access = log.access(1).await;
    assert_eq!(access[0]["request_id"], error.request_id().unwrap());
    assert_eq!(access[0]["request_id"], log.calls()[0]["request_id"]);
    assert_eq!(access[0]["trace_id"], log.calls()[0]["trace_id"]);

    let options = RouteOptions::default().attempts(2);
    let error = phloem.route(QUESTION, options).await.unwrap_err();
    let (access, calls) = (log.access(3).await, log.calls());
    for (attempt, theirs) in error.attempts().iter().zip(&access[1..]) {
        assert_eq!(theirs["request_id"], attempt.request_id.as_deref().unwrap());
    }
    assert_eq!(calls[1]["trace_id"], calls[2]["trace_id"], "attempts of one call are one trace");
}

#[tokio::test]
async fn calls_belong_to_the_trace_in_whose_scope_they_are() {
    let (scene, tap) = (Scene::open().await, Tap::new().await);
    let miner = scene.detached_as(Arc::new(scene.wallet(2)));
    let miner = miner.attach_stream::<Count>(crate::streams::count).start().await.unwrap();
    tap.lead_to(miner.local_addr());
    let target = scene.registered_at(2, tap.port()).await;
    let phloem = scene.validator().await;
    let trace = new_trace();
    let stream = in_trace(trace, async {
        phloem.query(&target, QUESTION).await.unwrap();
        let request = serde_json::json!({ "x": 1, "y": 2 });
        phloem.query(&target, Call::json("MathSum", &request)).await.unwrap();
        phloem
            .broadcast(&[target.clone(), target.clone()], QUESTION, BroadcastOptions::default())
            .await;
        phloem.stream(&target, Count { to: 1, end: End::Complete }).await.unwrap()
    })
    .await;
    assert!(stream.request_id().is_some());
    assert_eq!(tap.count(&format!("traceparent: 00-{}-", trace.trace_id())), 5);
    assert_eq!(tap.count(&trace.to_string()), 0, "each request has a span of its own");
    phloem.query(&target, QUESTION).await.unwrap();
    assert_eq!(tap.count(&format!("traceparent: 00-{}-", trace.trace_id())), 5);
}
