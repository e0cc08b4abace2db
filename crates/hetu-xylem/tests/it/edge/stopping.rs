//! How a miner says that it stops.

use std::time::Duration;

use hetu_xylem::{Readiness, ServerLimits};

use super::http2::{connect_http2, send_http2};
use crate::support::{Scene, connect, send_over};

#[tokio::test]
async fn readiness_goes_first_and_connections_are_asked_to_close() {
    let limits = ServerLimits::default().with_drain_notice(Duration::from_secs(1));
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    assert_eq!(scene.miner.readiness(), Readiness::Ready);
    let address = scene.address();
    let mut http1 = connect(address).await;
    let mut http2 = connect_http2(address).await;
    let ready = |uri: http::Uri| http::Request::get(uri).body(bytes::Bytes::new()).unwrap();
    let uri = scene.uri("/health/ready");
    let sum = scene.sign_sum().await.request;
    let reply = send_over(&mut http1, ready(uri.clone())).await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.json()), (200, serde_json::json!({"status": "ok"})));

    let stopping = tokio::spawn(scene.miner.stop());
    let reply = loop {
        let reply = send_over(&mut http1, ready(uri.clone())).await.unwrap();
        if reply.status != 200 {
            break reply;
        }
    };
    let stopped = serde_json::json!({"status": "unavailable", "reason": "stopping"});
    assert_eq!((reply.status.as_u16(), reply.json()), (503, stopped));
    // Calls are served until the notice is over, on connections old and new.
    assert_eq!(send_http2(&mut http2, sum).await.unwrap().status, 200);
    let mut late = connect(address).await;
    assert_eq!(send_over(&mut late, ready(uri)).await.unwrap().status, 503);
    stopping.await.unwrap();
    assert!(http2.ready().await.is_err());
    assert!(http1.ready().await.is_err());
}
