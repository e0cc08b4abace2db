//! What everybody may read.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

use crate::support::{Scene, miner, refused};

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
        "services": [{"name": "math-sum"}],
        "codecs": ["application/json"],
        "limits": {
            "content_bytes": 1_048_576,
            "field_bytes": 65_536,
            "call_timeout_ms": 60_000,
            "max_validity_seconds": 60,
            "clock_skew_seconds": 30,
        },
    });
    assert_eq!(reply.json(), expected);
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
        ("/ping", "GET, POST"),
        ("/.well-known/hetu", "GET"),
        ("/health/live", "GET"),
        ("/health/ready", "GET"),
    ] {
        let request = Request::delete(scene.uri(path)).body(Bytes::new()).unwrap();
        let reply = scene.send(request).await;
        assert_eq!(reply.refusal(), refused(405, "method_not_allowed"), "{path}");
        assert_eq!(reply.headers["allow"], allowed, "{path}");
    }
}
