//! Notices before a miner stops.

use std::io::Write;
use std::time::Duration;

use hetu_cambium::Service;
use hetu_xylem::{Readiness, ServerLimits};
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::http2::{connect_http2, send_http2};
use crate::support::{Scene, connect, exchange, send_over};

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
    // The miner serves calls until the notice is over, on existing and new connections.
    assert_eq!(send_http2(&mut http2, sum).await.unwrap().status, 200);
    let mut late = connect(address).await;
    assert_eq!(send_over(&mut late, ready(uri)).await.unwrap().status, 503);
    stopping.await.unwrap();
    assert!(http2.ready().await.is_err());
    assert!(http1.ready().await.is_err());
}

const PING: &[u8] = b"GET /ping HTTP/1.1\r\nhost: miner\r\n\r\n";

#[tokio::test]
async fn requests_that_arrived_before_the_stop_are_answered() {
    let notice = Duration::from_secs(1);
    let limits = ServerLimits::default().with_drain_notice(notice);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let address = scene.address();
    let mut known = Vec::new();
    for _ in 0..16 {
        let mut stream = TcpStream::connect(scene.address()).await.unwrap();
        stream.write_all(PING).await.unwrap();
        let mut first = [0; 4_096];
        assert!(stream.read(&mut first).await.unwrap() > 0);
        known.push(stream);
    }
    tokio::time::pause();
    let stopping = tokio::spawn(scene.miner.stop());
    tokio::time::sleep(notice).await;
    tokio::time::resume();
    // The notice ends now, so the miner processes all of these events at once.
    let mut waiting = Vec::new();
    for stream in known {
        assert_eq!(stream.try_write(PING).unwrap(), PING.len());
        waiting.push(stream);
    }
    for _ in 0..16 {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(PING).unwrap();
        stream.set_nonblocking(true).unwrap();
        waiting.push(TcpStream::from_std(stream).unwrap());
    }
    stopping.await.unwrap();
    for (number, mut stream) in waiting.into_iter().enumerate() {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{number}: {answer:?}");
    }
}

/// A reply that exceeds every buffer between miner and caller.
struct Tome;

impl Service for Tome {
    const NAME: &'static str = "tome";
    type Request = ();
    type Reply = String;
}

const LETTERS: usize = 16 << 20;
/// Far longer than the time that an idle connection has to close.
const PAGE: Duration = Duration::from_secs(20);

async fn library(limits: ServerLimits) -> Scene {
    let tome = |()| async { Ok("x".repeat(LETTERS)) };
    Scene::alone(|builder| builder.limits(limits).attach::<Tome>(tome)).await
}

#[tokio::test]
async fn a_reply_that_is_read_slowly_is_finished_though_the_miner_stops() {
    let scene = library(ServerLimits::default().with_drain_timeout(PAGE * 2)).await;
    let mut connection = connect(scene.address()).await;
    let request = scene.sign::<Tome>(&()).await.request;
    let reply = exchange(&mut connection, request).await.unwrap();
    let stopping = tokio::spawn(scene.miner.stop());
    tokio::time::pause();
    tokio::time::sleep(PAGE).await;
    tokio::time::resume();
    let content = reply.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(content.len(), LETTERS + 2);
    stopping.await.unwrap();
}

#[tokio::test]
async fn so_is_one_whose_connection_has_become_too_old() {
    let scene = library(ServerLimits::default().with_connection_age(PAGE / 20)).await;
    let mut connection = connect_http2(scene.address()).await;
    let (mut parts, content) = scene.sign::<Tome>(&()).await.request.into_parts();
    parts.version = http::Version::HTTP_2;
    let request = http::Request::from_parts(parts, Full::new(content));
    let reply = connection.send_request(request).await.unwrap();
    tokio::time::pause();
    tokio::time::sleep(PAGE).await;
    tokio::time::resume();
    let content = reply.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(content.len(), LETTERS + 2);
    while !connection.is_closed() {
        tokio::task::yield_now().await;
    }
}
