//! Log lines of requests.

use bytes::Bytes;
use hetu_testkit::captured_log::CapturedLog;
use hetu_xylem::{HandlerError, RequestId};
use http::{HeaderValue, Request};

use crate::support::{MathSum, Scene, Sum, metric, refused, validator};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn every_reply_bears_the_name_of_its_request_and_a_refusal_repeats_it() {
    let scene = Scene::new().await;
    let served = scene.send(scene.sign_sum().await.request).await;
    let first = served.headers[RequestId::FIELD].to_str().unwrap().to_owned();
    let unsigned = Request::post(scene.uri("/math-sum")).body(Bytes::new()).unwrap();
    let refused = scene.send(unsigned).await;
    let second = refused.headers[RequestId::FIELD].to_str().unwrap();
    assert_eq!(refused.problem().request_id(), Some(second));
    assert!(first.as_str() < second, "{first} {second}");
    // A value that the caller sends under this name is not adopted.
    let mut request = Request::get(scene.uri("/ping")).body(Bytes::new()).unwrap();
    request.headers_mut().insert(RequestId::FIELD, HeaderValue::from_static("mine"));
    let reply = scene.send(request).await;
    assert_ne!(reply.headers[RequestId::FIELD], "mine");
}

#[tokio::test]
async fn each_request_is_one_line_of_the_access_log() {
    let (log, _guard) = CapturedLog::begin();
    let scene = Scene::new().await;
    let mut signed = scene.sign_sum().await.request;
    signed.headers_mut().insert("traceparent", HeaderValue::from_static(TRACE));
    let served = scene.send(signed).await;
    let mut unsigned = Request::post(scene.uri("/math-sum")).body(Bytes::new()).unwrap();
    unsigned.headers_mut().insert("traceparent", HeaderValue::from_static("forged\" line"));
    let refused = scene.send(unsigned).await;
    scene.get(&format!("/{}", "x".repeat(1_000))).await;

    let lines = log.lines("hetu_xylem::access");
    let [first, second, third] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(first["request_id"], served.headers[RequestId::FIELD].to_str().unwrap());
    assert_eq!(first["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!((&first["method"], &first["path"]), (&"POST".into(), &"/math-sum".into()));
    assert_eq!((&first["status"], &first["version"]), (&200.into(), &"HTTP/1.1".into()));
    assert_eq!(first["caller"], validator().address().to_string());
    assert_eq!(first["bytes"], served.content.len());
    assert_eq!(first["complete"], true);
    assert!(first["remote"].as_str().unwrap().starts_with("127.0.0.1:"), "{first}");
    assert!(first["duration_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(first.get("reason"), None);

    assert_eq!(second["request_id"], refused.headers[RequestId::FIELD].to_str().unwrap());
    assert_eq!((&second["status"], &second["reason"]), (&401.into(), &"signature_missing".into()));
    assert_eq!(second["check"], "shape");
    assert_eq!((second.get("caller"), second.get("trace_id")), (None, None));
    assert_eq!(third["path"].as_str().unwrap().len(), 256);
    assert_eq!(third["status"], 404);

    // Lines that are logged while a request is answered name it too.
    let refusals = log.lines("hetu_xylem::serving::refusals");
    let refusal = refusals.iter().find(|line| line["message"] == "a request was refused").unwrap();
    assert_eq!(refusal["span"]["request_id"], second["request_id"]);
    assert_eq!(refusal["request_id"], second["request_id"]);
}

#[tokio::test]
async fn every_refusal_is_named_counted_and_written_down() {
    let (log, _guard) = CapturedLog::begin();
    let scene = Scene::with(|builder| {
        builder.blacklist(|_| async { Err(HandlerError::rejected("nobody today")) })
    })
    .await;
    let offer = scene.sign_content_to("/session", "{}").await.request;
    let refusals = [
        (scene.get("/nothing").await, "route", "unknown_service"),
        (scene.get("/math-sum").await, "route", "method_not_allowed"),
        (scene.send(scene.sign_sum().await.request).await, "hook", "caller_refused"),
        (scene.send(offer).await, "session", "undecodable_content"),
    ];
    let lines = log.lines("hetu_xylem::access");
    assert_eq!(lines.len(), refusals.len());
    for ((reply, check, reason), line) in refusals.iter().zip(&lines) {
        assert_eq!(reply.problem().reason_text(), *reason);
        let name = reply.headers[RequestId::FIELD].to_str().unwrap();
        assert_eq!(reply.problem().request_id(), Some(name));
        assert_eq!(
            (&line["request_id"], &line["check"], &line["reason"]),
            (&name.into(), &(*check).into(), &(*reason).into())
        );
        let counted = format!("hetu_xylem_refusals_total{{check=\"{check}\",reason=\"{reason}\"}}");
        assert_eq!(metric(&scene, &counted), 1, "{counted}");
    }
}

#[tokio::test]
async fn a_panic_of_a_handler_is_in_the_log_under_the_name_of_its_request() {
    let (log, _guard) = CapturedLog::begin();
    let scene = Scene::alone(|builder| {
        builder.attach::<MathSum>(|call| async move {
            assert!(call.x < 0.0, "only negative numbers");
            Ok(Sum { result: 0.0 })
        })
    })
    .await;
    let reply = scene.send(scene.sign_sum().await.request).await;
    assert_eq!(reply.refusal(), refused(500, "internal_error"));
    let lines = log.lines("hetu_xylem::handler");
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert!(line["error"].as_str().unwrap().contains("only negative numbers"), "{line}");
    let name = reply.headers[RequestId::FIELD].to_str().unwrap();
    assert_eq!((&line["request_id"], &line["span"]["request_id"]), (&name.into(), &name.into()));
}
