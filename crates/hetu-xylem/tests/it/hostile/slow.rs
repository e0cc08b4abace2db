//! Slow clients.

use std::time::Duration;

use hetu_xylem::ServerLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{counted, serves};
use crate::support::Scene;

const DRIP: Duration = Duration::from_millis(10);

fn impatient() -> ServerLimits {
    ServerLimits::default()
        .with_field_timeout(Duration::from_millis(200))
        .with_content_timeout(Duration::from_millis(200))
        .with_idle_timeout(Duration::from_millis(300))
}

/// Sends the bytes one by one, repeatedly, until the miner closes the connection.
async fn drip(stream: TcpStream, bytes: &'static [u8]) -> Vec<u8> {
    let (mut reading, mut writing) = stream.into_split();
    let dripping = tokio::spawn(async move {
        for byte in bytes.iter().cycle() {
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(DRIP).await;
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    dripping.abort();
    answer
}

#[tokio::test]
async fn the_head_of_a_request_has_a_time_limit_however_alive_the_client_looks() {
    let scene = Scene::with(|builder| builder.limits(impatient())).await;
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    stream.write_all(b"POST /math-sum HTTP/1.1\r\nhost: miner\r\n").await.unwrap();
    let answer = drip(stream, b"x: y\r\n").await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
    assert!(counted(&scene, "hetu_xylem_connections_ended_total{end=\"slow_head\"} 1"));
    serves(&scene).await;
}

#[tokio::test]
async fn so_has_the_head_of_the_second_request_on_a_connection() {
    let scene = Scene::with(|builder| builder.limits(impatient())).await;
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    stream.write_all(b"GET /ping HTTP/1.1\r\nhost: miner\r\n\r\n").await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'H');
    let answer = drip(stream, b"G").await;
    assert!(String::from_utf8_lossy(&answer).contains("200 OK"));
    assert!(counted(&scene, "hetu_xylem_connections_ended_total{end=\"slow_head\"} 1"));
}

#[tokio::test]
async fn the_content_of_a_request_has_a_time_limit() {
    let scene = Scene::with(|builder| builder.limits(impatient())).await;
    let signed = scene.sign_sum().await.request;
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    let mut head = format!("POST /math-sum HTTP/1.1\r\nhost: {}\r\n", scene.address());
    for (name, value) in signed.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str("content-length: 100000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = String::from_utf8(drip(stream, b" ").await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
    serves(&scene).await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_is_closed() {
    let scene = Scene::with(|builder| builder.limits(impatient())).await;
    for first in [&b""[..], b"P", b"GET /ping HTTP/1.1\r\nhost: miner\r\n\r\n"] {
        let mut stream = TcpStream::connect(scene.address()).await.unwrap();
        stream.write_all(first).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
    }
    serves(&scene).await;
}

#[tokio::test]
async fn who_does_not_read_replies_is_cut_off() {
    let limits = impatient()
        .with_call_timeout(Duration::from_millis(200))
        .with_stall_timeout(Duration::from_millis(200));
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let stream = TcpStream::connect(scene.address()).await.unwrap();
    let (_unread, mut writing) = stream.into_split();
    // The replies far exceed the buffers of both sides, so the miner has to end the connection.
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: miner\r\n\r\n".repeat(64);
    while writing.write_all(&request).await.is_ok() {}
    serves(&scene).await;
}
