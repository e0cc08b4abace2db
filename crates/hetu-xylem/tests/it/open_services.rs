//! Services that are open to unauthenticated clients.

use bytes::Bytes;
use hetu_cambium::{Access, Service, StreamService};
use hetu_xylem::{HandlerError, IncomingCall, Policy, Rate, Xylem, XylemError};
use http::Request;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    CHAIN, MathSum, NETUID, Reply, Scene, Sum, add, metric, miner, refused, roster, wallet,
};

async fn scene(change: impl FnOnce(hetu_xylem::XylemBuilder) -> hetu_xylem::XylemBuilder) -> Scene {
    Scene::alone(|builder| change(builder.attach_open::<MathSum>(add))).await
}

/// Sends a request as curl does.
async fn post(scene: &Scene, content_type: &str, content: &'static str) -> Reply {
    let request = Request::post(scene.uri("/math-sum")).header("content-type", content_type);
    scene.send(request.body(Bytes::from_static(content.as_bytes())).unwrap()).await
}

const SUM: &str = r#"{"x": 5, "y": 3}"#;

#[tokio::test]
async fn an_open_service_serves_unsigned_calls_in_json() {
    let scene = scene(|builder| builder).await;
    let reply = post(&scene, "application/json", SUM).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.json()["result"], 8.0);
    assert!(!reply.headers.contains_key("signature"));
    let reply = post(&scene, "application/json", "{}").await;
    assert_eq!(reply.refusal(), refused(422, "undecodable_content"));
}

#[tokio::test]
async fn other_services_and_codecs_stay_closed() {
    let closed = Scene::new().await;
    let reply = post(&closed, "application/json", SUM).await;
    assert_eq!(reply.refusal(), refused(401, "signature_missing"));

    let scene = scene(|builder| builder).await;
    let bincode = "application/vnd.hetu.cambium.v1+bincode";
    assert_eq!(post(&scene, bincode, SUM).await.refusal(), refused(415, "unsupported_codec"));
}

#[tokio::test]
async fn who_signs_is_judged_and_answered_like_anywhere() {
    let scene = scene(|builder| builder).await;
    let signed = scene.sign_sum().await;
    let reply = scene.send(signed.request.clone()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
    assert_eq!(scene.send(signed.request).await.refusal(), refused(401, "nonce_reused"));
    // A request with only one of the two signature fields is refused.
    let mut request = scene.sign_sum().await.request;
    request.headers_mut().remove("signature");
    assert_eq!(scene.send(request).await.refusal(), refused(401, "signature_missing"));
}

/// Verifies that a caller that signs is served no less than one that does not.
#[tokio::test]
async fn caller_without_a_role_is_served_by_an_open_service_like_an_unsigned_one() {
    let policy = Policy::validators().with_open_rate(Rate::per_minute(2).unwrap());
    let open = scene(|builder| builder.policy(policy.clone())).await;
    let call = MathSum { x: 5.0, y: 3.0 };
    for _ in 0..2 {
        let signed = open.sign_as::<MathSum>(wallet(9), &call, open.envelope()).await;
        let reply = open.send(signed.request).await;
        assert_eq!(reply.status, 200, "{:?}", reply.content);
        assert_eq!(reply.json()["result"], 8.0);
        assert!(!reply.headers.contains_key("signature"));
    }
    let signed = open.sign_as::<MathSum>(wallet(9), &call, open.envelope()).await;
    assert_eq!(open.send(signed.request).await.refusal(), refused(429, "rate_limited"));

    let denied = scene(|builder| builder.policy(policy.denying([wallet(9).address()]))).await;
    let signed = denied.sign_as::<MathSum>(wallet(9), &call, denied.envelope()).await;
    assert_eq!(denied.send(signed.request).await.refusal(), refused(403, "caller_refused"));
    let closed = Scene::new().await;
    let signed = closed.sign_as::<MathSum>(wallet(9), &call, closed.envelope()).await;
    assert_eq!(closed.send(signed.request).await.refusal(), refused(403, "role_not_allowed"));
}

#[tokio::test]
async fn an_address_calls_at_a_bounded_rate() {
    let policy = Policy::validators().with_open_rate(Rate::per_minute(2).unwrap());
    let scene = scene(|builder| builder.policy(policy)).await;
    for _ in 0..2 {
        assert_eq!(post(&scene, "application/json", SUM).await.status, 200);
    }
    let reply = post(&scene, "application/json", SUM).await;
    assert_eq!(reply.refusal(), refused(429, "rate_limited"));
    assert!(reply.headers.contains_key("retry-after"));
    assert_eq!(scene.send(scene.sign_sum().await.request).await.status, 200);
    let counted = "hetu_xylem_refusals_total{check=\"rate\",reason=\"rate_limited\"}";
    assert_eq!(metric(&scene, counted), 1);
}

#[tokio::test]
async fn hooks_see_unsigned_calls_as_such() {
    let scene = scene(|builder| {
        builder.blacklist(|call: IncomingCall| async move {
            match (call.caller(), call.remote_address()) {
                (None, Some(remote)) if remote.ip().is_loopback() => {
                    Err(HandlerError::rejected("not from here"))
                }
                _ => Ok(()),
            }
        })
    })
    .await;
    let reply = post(&scene, "application/json", SUM).await;
    assert_eq!(reply.refusal(), refused(403, "caller_refused"));
    assert_eq!(scene.send(scene.sign_sum().await.request).await.status, 200);
}

#[tokio::test]
async fn the_documents_say_what_is_open() {
    let scene = scene(|builder| builder).await;
    let service = scene.get("/.well-known/hetu").await.json()["services"][0].take();
    assert_eq!((&service["name"], &service["access"]), (&"math-sum".into(), &"open".into()));
    let document = scene.get("/openapi.json").await.json();
    let security = &document["paths"]["/math-sum"]["post"]["security"];
    assert_eq!(*security, serde_json::json!([{ "erc8128": [] }, {}]));
}

#[tokio::test]
async fn access_is_given_to_what_is_there_and_can_have_it() {
    struct Walk;
    impl StreamService for Walk {
        const NAME: &'static str = "walk";
        type Request = ();
        type Item = u8;
    }
    struct Nothing;
    impl Service for Nothing {
        const NAME: &'static str = "nothing";
        type Request = ();
        type Reply = Sum;
    }
    let builder = || {
        Xylem::detached(std::sync::Arc::new(miner()), CHAIN, NETUID, roster()).bind("127.0.0.1:0")
    };
    let unknown = builder().attach::<MathSum>(add).access(Nothing::NAME, Access::Open);
    let mistake = unknown.start().await.unwrap_err();
    assert!(matches!(mistake, XylemError::NoSuchService { .. }), "{mistake}");
    let stream = builder().attach_stream::<Walk>(|(), _| async { Ok(()) });
    let mistake = stream.access(Walk::NAME, Access::Open).start().await.unwrap_err();
    assert!(matches!(mistake, XylemError::OpenStream { .. }), "{mistake}");
}

/// The template service of the Python SDK, in its wire form.
struct MathSumSynapse;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Operands {
    x: f64,
    y: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Completion {
    completion: String,
    sum_result: f64,
}

impl Service for MathSumSynapse {
    const NAME: &'static str = "MathSumSynapse";
    type Request = Operands;
    type Reply = Completion;
}

#[tokio::test]
async fn the_client_of_the_python_sdk_calls_an_open_service() {
    let scene = Scene::alone(|builder| {
        builder.attach_open::<MathSumSynapse>(|Operands { x, y }| async move {
            let sum_result = x + y;
            Ok(Completion { completion: format!("Result: {sum_result:?}"), sum_result })
        })
    })
    .await;
    // The exact bytes that aiohttp sends for a synapse, including every field.
    let content = concat!(
        r#"{"x": 5.0, "y": 3.0, "sum_result": null, "completion": "", "status_code": 200, "#,
        r#""error": null, "request_id": null, "timestamp": 1731672000.1234567, "#,
        r#""timeout": null, "process_time": null, "response_time": null, "metadata": {}, "#,
        r#""headers": {}}"#,
    );
    let request = format!(
        "POST /MathSumSynapse HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\
         Accept-Encoding: gzip, deflate\r\nUser-Agent: Python/3.11 aiohttp/3.9.5\r\n\
         Content-Length: {}\r\nContent-Type: application/json\r\n\r\n{content}",
        scene.address(),
        content.len(),
    );
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, content) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(head.contains("content-type: application/json"), "{answer}");
    assert_eq!(content, r#"{"completion":"Result: 8.0","sum_result":8.0}"#);
}
