//! Unauthenticated peers and the memory that they may use. `scripts/hostile` measures it; this
//! module tests the refusals.

use bytes::Bytes;
use hetu_xylem::{ServerLimits, XylemBuilder};
use http::{Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{counted, say, serves};
use crate::edge::http2::{connect_http2, send_http2};
use crate::support::{Scene, connect, refused, send_over};
use hetu_testkit::http2_frames::{
    END_HEADERS, END_STREAM, GO_AWAY, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame, get, kinds,
};

/// Sets the smallest limit: room for 512 KiB.
fn small(builder: XylemBuilder) -> XylemBuilder {
    let limits = ServerLimits::default().with_content_bytes(12_000).with_unverified_bytes(0);
    builder.limits(limits)
}

#[tokio::test]
async fn idle_connections_are_refused_before_they_take_much_memory() {
    let scene = Scene::with(small).await;
    let mut idle = Vec::new();
    loop {
        let mut stream = TcpStream::connect(scene.address()).await.unwrap();
        // A refused connection is closed with a reply; an accepted one waits for a request.
        stream.write_all(b"GET /ping HTTP/1.1\r\nhost: m\r\n\r\n").await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        if !status.ends_with(b"503") {
            idle.push(stream);
        } else if counted(&scene, "hetu_xylem_connections_refused_total{cause=\"memory\"} 1") {
            break;
        }
        // If it was refused for another cause, the previous request was still charged, and this one
        // found no room.
    }
    assert!((16..=32).contains(&idle.len()), "{}", idle.len());
    idle.truncate(idle.len() / 2);
    while !counted(&scene, &format!("hetu_xylem_connections_open {}", idle.len())) {
        tokio::task::yield_now().await;
    }
    serves(&scene).await;
}

#[tokio::test]
async fn connection_with_a_verified_request_costs_the_budget_nothing() {
    let scene = Scene::with(small).await;
    let mut verified = Vec::new();
    for _ in 0..100 {
        let mut connection = connect(scene.address()).await;
        let request = scene.sign_sum().await.request;
        assert_eq!(send_over(&mut connection, request).await.unwrap().status, 200);
        verified.push(connection);
    }
}

#[tokio::test]
async fn unfinished_requests_of_http2_are_refused_streams_once_the_memory_is_used() {
    let scene = Scene::with(small).await;
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    let mut opening = PREFACE.to_vec();
    // The client reads none of the replies, so each stays in flight.
    opening.extend(frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]));
    for number in 0..120 {
        let block = get("/openapi.json");
        opening.extend(frame(HEADERS, END_STREAM | END_HEADERS, number * 2 + 1, &block));
    }
    stream.write_all(&opening).await.unwrap();
    let mut answer = Vec::new();
    while !kinds(&answer).contains(&RST_STREAM) {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
    }
    let is_refusal = |frame: &[u8]| frame[3] == RST_STREAM && frame[9..13] == [0, 0, 0, 7];
    let mut rest = &answer[..];
    while rest.len() >= 13 && !is_refusal(rest) {
        let length = u32::from_be_bytes([0, rest[0], rest[1], rest[2]]) as usize;
        rest = rest.get(9 + length..).unwrap_or_default();
    }
    assert!(!rest.is_empty(), "no stream was refused with REFUSED_STREAM");
    assert!(
        scene.miner.render_metrics().contains("check=\"head\",reason=\"overloaded\""),
        "refusals are counted"
    );
    drop(stream);
    while !counted(&scene, "hetu_xylem_connections_open 0") {
        tokio::task::yield_now().await;
    }
    serves(&scene).await;
}

#[tokio::test]
async fn long_trailers_end_the_connection_and_short_ones_do_not() {
    let scene = Scene::new().await;
    let request = |trailers: &[u8]| {
        let mut bytes = PREFACE.to_vec();
        bytes.extend(frame(SETTINGS, 0, 0, &[]));
        bytes.extend(frame(HEADERS, END_HEADERS, 1, &get("/ping")));
        bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, 1, trailers));
        // A second request, which is answered only if the first did no harm.
        bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, 3, &get("/ping")));
        bytes
    };
    // Fields by reference to the static table, one byte each: `age`, without a value.
    let answer = say(&scene, &request(&[0x80 + 21; 8])).await;
    assert_eq!(kinds(&answer).iter().filter(|kind| **kind == HEADERS).count(), 2);
    let answer = say(&scene, &request(&[0x80 + 21; 500])).await;
    assert!(kinds(&answer).iter().filter(|kind| **kind == HEADERS).count() < 2);
    assert!(!kinds(&answer).contains(&RST_STREAM) || kinds(&answer).contains(&GO_AWAY));
    serves(&scene).await;
}

/// Regression test: the number of fields was not bounded in HTTP/2, where a hundred bytes can
/// encode as many fields.
#[tokio::test]
async fn head_over_the_limits_is_431_with_a_problem_in_both_versions() {
    let scene = Scene::new().await;
    let request = |fields: usize, value: &str| {
        let mut request = Request::builder().method(Method::GET).uri(scene.uri("/ping"));
        for number in 0..fields {
            request = request.header(format!("x-{number}"), value);
        }
        request.body(Bytes::new()).unwrap()
    };
    let mut http2 = connect_http2(scene.address()).await;
    assert_eq!(send_http2(&mut http2, request(90, "v")).await.unwrap().status, 200);
    let reply = send_http2(&mut http2, request(120, "v")).await.unwrap();
    assert_eq!(reply.refusal(), refused(431, "fields_too_large"));
    // The next request on the connection is served.
    assert_eq!(send_http2(&mut http2, request(0, "")).await.unwrap().status, 200);

    assert_eq!(scene.send(request(90, "v")).await.status, 200);
    let reply = scene.send(request(90, &"v".repeat(180))).await;
    assert_eq!(reply.refusal(), refused(431, "fields_too_large"));
    // The HTTP library itself refuses a head far over the limit.
    assert_eq!(scene.send(request(1, &"v".repeat(30_000))).await.status, 431);
    let reply = send_http2(&mut http2, request(1, &"v".repeat(30_000))).await.unwrap();
    assert_eq!(reply.status, 431);
}

/// Covers request smuggling: one proxy could read the rest as another request, and the next one as
/// content.
#[tokio::test]
async fn connection_ends_after_a_request_with_two_lengths() {
    let scene = Scene::new().await;
    let twice = "POST /ping HTTP/1.1\r\nhost: m\r\ncontent-length: 5\r\n\
                 transfer-encoding: chunked\r\n\r\n0\r\n\r\n\
                 GET /health/live HTTP/1.1\r\nhost: m\r\n\r\n";
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    stream.write_all(twice.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // This side stays open: the miner ends the connection.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}
