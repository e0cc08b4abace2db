//! Resources that unauthenticated clients may read.

use std::sync::Arc;

use bytes::Bytes;
use hetu_cambium::RequestSigner;
use http::{Method, Request};
use serde_json::json;

use crate::edge::http2::{connect_http2, send_http2};
use crate::support::{CHAIN, Scene, miner, other_miner, refused, validator};

#[tokio::test]
async fn ping_says_who_is_there() {
    let scene = Scene::new().await;
    for method in [Method::GET, Method::POST] {
        let request = Request::builder().method(method).uri(scene.uri("/ping"));
        let reply = scene.send(request.body(Bytes::new()).unwrap()).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["content-type"]),
            (200, &"application/json".parse().unwrap())
        );
        let address = miner().address().to_string();
        assert_eq!(reply.json(), json!({"status": "ok", "address": address, "netuid": 1}));
    }
}

#[tokio::test]
async fn the_discovery_document_says_what_is_served() {
    let scene = Scene::new().await;
    let reply = scene.get("/.well-known/hetu").await;
    assert_eq!(reply.status, 200);
    let expected = json!({
        "protocol": "cambium",
        "version": 1,
        "address": miner().address().to_string(),
        "chain_id": 560_000,
        "netuid": 1,
        "codecs": ["application/json", "application/vnd.hetu.cambium.v1+bincode"],
        "sessions": true,
        "earlier_erc8128": false,
        "contract_accounts": false,
        "http2_in_clear": true,
        "services": [{
            "name": "math-sum",
            "kind": "call",
            "request": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "MathSum",
                "type": "object",
                "properties": {
                    "x": {"type": "number", "format": "double"},
                    "y": {"type": "number", "format": "double"},
                },
                "required": ["x", "y"],
            },
            "reply": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Sum",
                "type": "object",
                "properties": {"result": {"type": "number", "format": "double"}},
                "required": ["result"],
            },
        }],
        "limits": {
            "content_bytes": 1_048_576,
            "field_bytes": 16_384,
            "call_timeout_ms": 60_000,
            "max_validity_seconds": 60,
            "clock_skew_seconds": 30,
        },
    });
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn the_openapi_document_describes_every_service() {
    let scene = Scene::new().await;
    let document = scene.get("/openapi.json").await.json();
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let expected = [
        "/.well-known/hetu",
        "/health/live",
        "/health/ready",
        "/math-sum",
        "/openapi.json",
        "/ping",
        "/session",
    ];
    assert_eq!(paths, expected);
    let scene = Scene::with(|builder| builder.without_sessions()).await;
    let document = scene.get("/openapi.json").await.json();
    assert!(document["paths"].get("/session").is_none());
}

#[tokio::test]
async fn who_signs_for_a_document_gets_the_proof_of_the_miners_key() {
    let scene = Scene::new().await;
    let sign = async |wallet, path: &str| {
        let request = Request::get(scene.uri(path)).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let signer = RequestSigner::new(Arc::new(wallet), CHAIN).with_clock(scene.clock.clone());
        let pending = signer.sign(&mut parts, b"", &scene.envelope()).await.unwrap();
        (pending, Request::from_parts(parts, Bytes::new()))
    };
    for path in ["/.well-known/hetu", "/ping", "/openapi.json"] {
        let (pending, request) = sign(validator(), path).await;
        let reply = scene.send(request.clone()).await;
        assert_eq!(scene.verify(&pending, &reply), Ok(()), "{path}");
        assert_eq!(reply.json(), scene.get(path).await.json());
        assert_eq!(scene.send(request).await.refusal(), refused(401, "nonce_reused"));
        let (_, request) = sign(other_miner(), path).await;
        assert_eq!(scene.send(request).await.refusal(), refused(403, "role_not_allowed"));
    }
}

#[tokio::test]
async fn health_is_told() {
    let scene = Scene::new().await;
    for path in ["/health/live", "/health/ready"] {
        let reply = scene.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({"status": "ok"})), "{path}");
    }
}

#[tokio::test]
async fn open_resources_take_their_methods_only() {
    let scene = Scene::new().await;
    for (path, allowed) in [
        ("/ping", "GET, HEAD, POST"),
        ("/.well-known/hetu", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/health/live", "GET, HEAD"),
        ("/health/ready", "GET, HEAD"),
    ] {
        let request = Request::delete(scene.uri(path)).body(Bytes::new()).unwrap();
        let reply = scene.send(request).await;
        assert_eq!(reply.refusal(), refused(405, "method_not_allowed"), "{path}");
        assert_eq!(reply.headers["allow"], allowed, "{path}");
    }
}

/// Verifies that HEAD works wherever GET does, in both versions of HTTP, without content and with
/// its length.
#[tokio::test]
async fn head_of_an_open_resource_is_that_of_get_without_content() {
    let scene = Scene::new().await;
    let mut http2 = connect_http2(scene.address()).await;
    for path in ["/ping", "/.well-known/hetu", "/openapi.json", "/health/live", "/health/ready"] {
        let get = scene.get(path).await;
        let length = get.content.len().to_string();
        let head = || Request::head(scene.uri(path)).body(Bytes::new()).unwrap();
        for reply in [scene.send(head()).await, send_http2(&mut http2, head()).await.unwrap()] {
            assert_eq!((reply.status, reply.content.len()), (get.status, 0), "{path}");
            assert_eq!(reply.headers["content-length"], length.as_str(), "{path}");
            assert_eq!(reply.headers["content-type"], get.headers["content-type"], "{path}");
        }
    }
    let head = Request::head(scene.uri("/none")).body(Bytes::new()).unwrap();
    let reply = send_http2(&mut http2, head).await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.content.len()), (404, 0));
}

#[tokio::test]
async fn signed_head_is_answered_with_a_signature_over_no_content() {
    let scene = Scene::new().await;
    let request = Request::head(scene.uri("/.well-known/hetu")).body(()).unwrap();
    let (mut parts, ()) = request.into_parts();
    let signer = RequestSigner::new(Arc::new(validator()), CHAIN).with_clock(scene.clock.clone());
    let pending = signer.sign(&mut parts, b"", &scene.envelope()).await.unwrap();
    let reply = scene.send(Request::from_parts(parts, Bytes::new())).await;
    assert_eq!((reply.status.as_u16(), reply.content.len()), (200, 0));
    assert_eq!(scene.verify(&pending, &reply), Ok(()));
}
