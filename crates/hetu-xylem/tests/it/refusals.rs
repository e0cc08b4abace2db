//! Every refusal that precedes the handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Envelope, ReplyRefusal, fields};
use hetu_chain::{Address, Amount, NetUid};
use hetu_xylem::{Policy, RoleSource, RolesUnavailable, ServerLimits, SubnetRole, Xylem};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    CHAIN, MathSum, NETUID, Scene, Sum, add, clock, connect, inactive_validator, miner,
    other_miner, refused, send, send_over, wallet,
};

#[tokio::test]
async fn an_unknown_service_is_404_with_the_names_there_are() {
    let scene = Scene::new().await;
    for path in ["/no-such-service", "/", "/math-sum/", "/math-sum/x", "/Math-Sum"] {
        let reply = scene.get(path).await;
        assert_eq!(reply.refusal(), refused(404, "unknown_service"), "{path}");
        assert_eq!(reply.problem().services(), ["math-sum"], "{path}");
    }
}

#[tokio::test]
async fn another_method_is_405() {
    let scene = Scene::new().await;
    let mut request = scene.sign_sum().await.request;
    *request.method_mut() = Method::PUT;
    let reply = scene.send(request).await;
    assert_eq!(reply.refusal(), refused(405, "method_not_allowed"));
    assert_eq!(reply.headers["allow"], "POST");
}

#[tokio::test]
async fn what_is_not_signed_properly_is_401_and_never_reaches_the_handler() {
    type Change = fn(&mut Request<Bytes>);
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let clock = clock();
    let miner = Xylem::detached(Arc::new(miner()), CHAIN, NETUID, crate::support::roster())
        .bind("127.0.0.1:0")
        .clock(clock.clone())
        .attach::<MathSum>(move |call| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move { Ok(Sum { result: call.x }) }
        })
        .start()
        .await
        .unwrap();
    let scene = Scene { clock, miner };

    let changes: &[(&str, Change, u16, &str)] = &[
        (
            "missing",
            |request| drop(request.headers_mut().remove(fields::SIGNATURE)),
            401,
            "signature_missing",
        ),
        (
            "empty",
            |request| {
                let empty = HeaderValue::from_static("hetu=::");
                request.headers_mut().insert(fields::SIGNATURE, empty);
            },
            401,
            "bad_signature",
        ),
        (
            "no hexadecimal",
            |request| {
                let nonsense = HeaderValue::from_static("0xnothex");
                request.headers_mut().insert(fields::SIGNATURE, nonsense);
            },
            400,
            "signature_input_invalid",
        ),
        (
            "tampered content",
            |request| *request.body_mut() = Bytes::from_static(br#"{"x":6.0,"y":3.0}"#),
            401,
            "bad_content_digest",
        ),
        (
            "tampered query",
            |request| *request.uri_mut() = format!("{}?x=1", request.uri()).parse().unwrap(),
            401,
            "bad_signature",
        ),
        (
            "tampered timeout",
            |request| {
                let longer = HeaderValue::from_static("60000");
                request.headers_mut().insert(fields::HETU_TIMEOUT_MS, longer);
            },
            401,
            "bad_signature",
        ),
        (
            "another host",
            |request| {
                request.headers_mut().insert(HOST, HeaderValue::from_static("other.example"));
            },
            401,
            "bad_signature",
        ),
    ];
    for (what, change, status, reason) in changes {
        let mut request = scene.sign_sum().await.request;
        change(&mut request);
        let reply = scene.send(request).await;
        assert_eq!(reply.refusal(), refused(*status, reason), "{what}");
        let challenge = format!("ERC8128 error=\"{reason}\"");
        let sent = reply.headers.get("www-authenticate").map(|value| value.to_str().unwrap());
        assert_eq!(sent, (*status == 401).then_some(challenge.as_str()), "{what}");
        assert!(reply.problem().request_id().is_some(), "{what}");
        assert!(!reply.headers.contains_key("signature"), "{what}");
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    assert_eq!(scene.send(scene.sign_sum().await.request).await.status, 200);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_signature_for_one_service_does_not_open_another() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Other;
    impl hetu_cambium::Service for Other {
        const NAME: &'static str = "other";
        type Request = serde_json::Value;
        type Reply = u8;
    }
    let scene = Scene::with(|builder| builder.attach::<Other>(|_| async { Ok(1) })).await;
    let mut request = scene.sign_sum().await.request;
    *request.uri_mut() = scene.uri("/other");
    assert_eq!(scene.send(request).await.refusal(), refused(401, "bad_signature"));
}

#[tokio::test]
async fn a_copy_is_401_and_of_many_at_once_one_is_served() {
    let scene = Scene::new().await;
    let request = scene.sign_sum().await.request;
    let copies = (0..50).map(|_| tokio::spawn(send(scene.address(), request.clone())));
    let mut served = 0;
    for copy in copies.collect::<Vec<_>>() {
        let reply = copy.await.unwrap();
        if reply.status == 200 {
            served += 1;
        } else {
            assert_eq!(reply.refusal(), refused(401, "nonce_reused"));
        }
    }
    assert_eq!(served, 1);
}

#[tokio::test]
async fn a_request_from_another_time_is_401() {
    let scene = Scene::new().await;
    let request = scene.sign_sum().await.request;
    scene.clock.advance(Duration::from_secs(61));
    assert_eq!(scene.send(request).await.refusal(), refused(401, "request_expired"));
    let request = scene.sign_sum().await.request;
    scene.clock.set(Duration::from_secs(1_700_000_061 - 31));
    assert_eq!(scene.send(request).await.refusal(), refused(401, "request_not_yet_valid"));
}

#[tokio::test]
async fn a_request_to_another_miner_or_subnet_is_401() {
    let scene = Scene::new().await;
    let call = MathSum { x: 5.0, y: 3.0 };
    let send_with = async |envelope| {
        let signed = scene.sign_as::<MathSum>(wallet(1), &call, envelope).await;
        scene.send(signed.request).await.refusal()
    };
    let timeout = Duration::from_secs(20);
    let to_other = Envelope::new(NETUID, other_miner().address(), timeout);
    assert_eq!(send_with(to_other).await, refused(401, "wrong_recipient"));
    let in_other = Envelope::new(NetUid::new(2), miner().address(), timeout);
    assert_eq!(send_with(in_other).await, refused(401, "wrong_netuid"));
}

#[tokio::test]
async fn a_caller_without_the_role_is_403_before_anything_is_computed() {
    let scene = Scene::new().await;
    let call = MathSum { x: 5.0, y: 3.0 };
    for caller in [other_miner(), inactive_validator(), wallet(9)] {
        let signed = scene.sign_as::<MathSum>(caller, &call, scene.envelope()).await;
        let mut request = signed.request;
        // The miner examines neither the signature nor the content.
        request.headers_mut().insert(fields::SIGNATURE, HeaderValue::from_static("hetu=:AAAA:"));
        *request.body_mut() = Bytes::from_static(b"other");
        assert_eq!(scene.send(request).await.refusal(), refused(403, "role_not_allowed"));
    }
}

#[tokio::test]
async fn policy_can_ask_for_stake_or_serve_everybody() {
    let call = MathSum { x: 5.0, y: 3.0 };
    let rich = Policy::validators().with_minimum_stake(Amount::from_hetu(501));
    let scene = Scene::with(|builder| builder.policy(rich)).await;
    let reply = scene.send(scene.sign_sum().await.request).await;
    assert_eq!(reply.refusal(), refused(403, "role_not_allowed"));

    let scene = Scene::with(|builder| builder.policy(Policy::anyone())).await;
    let signed = scene.sign_as::<MathSum>(wallet(9), &call, scene.envelope()).await;
    assert_eq!(scene.send(signed.request).await.status, 200);
}

#[tokio::test]
async fn while_roles_are_unknown_nobody_is_served() {
    struct Unknown;
    impl RoleSource for Unknown {
        fn role_of(&self, _: Address) -> Result<Option<SubnetRole>, RolesUnavailable> {
            let retry_after = Duration::from_secs(5);
            Err(RolesUnavailable { reason: "the node is gone".into(), retry_after })
        }
    }
    let clock = clock();
    let miner = Xylem::detached(Arc::new(miner()), CHAIN, NETUID, Unknown)
        .bind("127.0.0.1:0")
        .clock(clock.clone())
        .attach::<MathSum>(add)
        .start()
        .await
        .unwrap();
    let scene = Scene { clock, miner };
    let reply = scene.send(scene.sign_sum().await.request).await;
    assert_eq!(reply.refusal(), refused(503, "role_unavailable"));
    assert_eq!(reply.headers["retry-after"], "5");
    assert!(!String::from_utf8_lossy(&reply.content).contains("node"));
    assert_eq!(scene.get("/health/ready").await.status, 503);
    assert_eq!(scene.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn an_unknown_codec_is_415() {
    let scene = Scene::new().await;
    let mut request = scene.sign_sum().await.request;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/cbor"));
    assert_eq!(scene.send(request).await.refusal(), refused(415, "unsupported_codec"));
    let mut request = scene.sign_sum().await.request;
    request.headers_mut().insert("accept", HeaderValue::from_static("image/png"));
    assert_eq!(scene.send(request).await.refusal(), refused(415, "unsupported_codec"));
}

#[tokio::test]
async fn content_that_is_no_call_is_422_and_signed() {
    let scene = Scene::new().await;
    for content in ["", "{", "[]", r#"{"x":5.0}"#, r#"{"x":5.0,"y":"secret"}"#] {
        let signed = scene.sign_content(content).await;
        let reply = scene.send(signed.request).await;
        assert_eq!(reply.refusal(), refused(422, "undecodable_content"), "{content}");
        assert_eq!(scene.verify(&signed.pending, &reply), Ok(()), "{content}");
        assert!(!String::from_utf8_lossy(&reply.content).contains("secret"));
    }
}

#[tokio::test]
async fn content_over_the_limit_is_413() {
    let limits = ServerLimits::default().with_content_bytes(64);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let exact = format!("{{\"x\":5.0,\"y\":3.0}}{}", " ".repeat(47));
    assert_eq!(exact.len(), 64);
    let signed = scene.sign_content(exact.clone()).await;
    assert_eq!(scene.send(signed.request).await.status, 200);
    let signed = scene.sign_content(format!("{exact} ")).await;
    assert_eq!(scene.send(signed.request).await.refusal(), refused(413, "content_too_large"));
}

/// Sends the head of a signed request and the bytes after it by hand. Returns the status line.
async fn send_raw(scene: &Scene, extra_fields: &str, content: &[u8]) -> String {
    let (parts, _) = scene.sign_sum().await.request.into_parts();
    let mut head = format!("POST {} HTTP/1.1\r\nhost: {}\r\n", parts.uri.path(), scene.address());
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(extra_fields);
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(content).await.unwrap();
    let mut answer = vec![0; 4_096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn announced_and_chunked_content_are_bounded_alike() {
    let limits = ServerLimits::default().with_content_bytes(64);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    // The announced length alone causes the refusal: no content follows.
    let announced = send_raw(&scene, "content-length: 1000000000\r\n", b"").await;
    assert_eq!(announced, "HTTP/1.1 413 Payload Too Large");
    let chunk = format!("41\r\n{}\r\n", "x".repeat(0x41));
    let chunked = send_raw(&scene, "transfer-encoding: chunked\r\n", chunk.as_bytes()).await;
    assert_eq!(chunked, "HTTP/1.1 413 Payload Too Large");
}

#[tokio::test]
async fn content_that_does_not_come_is_408() {
    let limits = ServerLimits::default().with_content_timeout(Duration::from_millis(50));
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let status = send_raw(&scene, "content-length: 17\r\n", b"{\"x\"").await;
    assert_eq!(status, "HTTP/1.1 408 Request Timeout");
}

#[tokio::test]
async fn fields_over_the_limit_are_431() {
    let limits = ServerLimits::default().with_field_bytes(8_192);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let padding = format!("x-padding: {}\r\n", "x".repeat(10_000));
    let status = send_raw(&scene, &padding, b"").await;
    assert_eq!(status, "HTTP/1.1 431 Request Header Fields Too Large");
}

#[tokio::test]
async fn connections_over_the_limit_are_turned_away_until_one_ends() {
    let limits = ServerLimits::default().with_connections(1);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let mut first = connect(scene.address()).await;
    let reply = send_over(&mut first, scene.sign_sum().await.request).await.unwrap();
    assert_eq!(reply.status, 200);

    let mut second = TcpStream::connect(scene.address()).await.unwrap();
    let mut answer = String::new();
    second.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");

    drop(first);
    // The end of a connection reaches the other side with a delay.
    loop {
        let mut next = connect(scene.address()).await;
        match send_over(&mut next, scene.sign_sum().await.request).await {
            Ok(reply) if reply.status == 200 => break,
            _ => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn a_refusal_before_verification_is_not_signed() {
    let scene = Scene::new().await;
    let mut signed = scene.sign_sum().await;
    *signed.request.body_mut() = Bytes::from_static(b"other");
    let reply = scene.send(signed.request).await;
    assert_eq!(scene.verify(&signed.pending, &reply), Err(ReplyRefusal::Unsigned));
}
