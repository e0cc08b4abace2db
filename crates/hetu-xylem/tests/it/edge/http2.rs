//! Calls over HTTP/2.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use hetu_xylem::ServerLimits;
use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::support::{MathSum, Reply, Scene};

pub(crate) type Http2 = SendRequest<Full<Bytes>>;

pub(crate) async fn connect_http2(address: SocketAddr) -> Http2 {
    http2_over(TcpStream::connect(address).await.unwrap()).await
}

pub(crate) async fn http2_over<S>(stream: S) -> Http2
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

pub(crate) async fn send_http2(
    connection: &mut Http2,
    request: Request<Bytes>,
) -> hyper::Result<Reply> {
    let (mut parts, content) = request.into_parts();
    parts.version = Version::HTTP_2;
    let request = Request::from_parts(parts, Full::new(content));
    connection.ready().await?;
    let (parts, body) = connection.send_request(request).await?.into_parts();
    let content = body.collect().await?.to_bytes();
    Ok(Reply { status: parts.status, headers: parts.headers, content })
}

#[tokio::test]
async fn one_connection_serves_many_calls_at_the_same_time() {
    let scene = Scene::new().await;
    let connection = connect_http2(scene.address()).await;
    let mut calls = Vec::new();
    for number in 0..200_u16 {
        let call = MathSum { x: f64::from(number), y: 0.25 };
        let signed = scene.sign::<MathSum>(&call).await;
        let mut connection = connection.clone();
        calls.push(tokio::spawn(async move {
            let reply = send_http2(&mut connection, signed.request).await.unwrap();
            (number, signed.pending, reply)
        }));
    }
    for call in calls {
        let (number, pending, reply) = call.await.unwrap();
        assert_eq!(reply.status, 200, "{number}");
        assert_eq!(scene.verify(&pending, &reply), Ok(()));
        assert_eq!(reply.json()["result"], f64::from(number) + 0.25);
    }
    let metrics = scene.miner.render_metrics();
    assert!(metrics.contains("hetu_xylem_connections_total 1\n"), "{metrics}");
}

#[tokio::test]
async fn a_connection_may_be_quiet_between_calls() {
    // Pings go both ways meanwhile, and do not count as the start of a call.
    const IDLE: Duration = Duration::from_secs(75);
    let limits =
        ServerLimits::default().with_field_timeout(Duration::from_secs(5)).with_idle_timeout(IDLE);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let mut connection = connect_http2(scene.address()).await;
    for _ in 0..2 {
        let reply = send_http2(&mut connection, scene.sign_sum().await.request).await.unwrap();
        assert_eq!(reply.status, 200);
        tokio::time::pause();
        tokio::time::sleep(IDLE * 2 / 3).await;
        tokio::time::resume();
    }
    let metrics = scene.miner.render_metrics();
    assert!(metrics.contains("hetu_xylem_connections_total 1\n"), "{metrics}");
}

#[tokio::test]
async fn an_old_connection_is_asked_to_end_after_what_is_under_way() {
    let limits = ServerLimits::default().with_connection_age(Duration::from_millis(50));
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let mut connection = connect_http2(scene.address()).await;
    let reply = send_http2(&mut connection, scene.sign_sum().await.request).await.unwrap();
    assert_eq!(reply.status, 200);
    while !connection.is_closed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn heads_may_be_as_long_as_in_the_other_version_at_least() {
    let limits = ServerLimits::default().with_field_bytes(1);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let mut connection = connect_http2(scene.address()).await;
    let mut request = Request::get(scene.uri("/ping")).body(Bytes::new()).unwrap();
    request.headers_mut().insert("x-long", "x".repeat(7_000).parse().unwrap());
    assert_eq!(send_http2(&mut connection, request).await.unwrap().status, 200);
    let mut request = Request::get(scene.uri("/ping")).body(Bytes::new()).unwrap();
    request.headers_mut().insert("x-long", "x".repeat(9_000).parse().unwrap());
    assert_eq!(send_http2(&mut connection, request).await.unwrap().status, 431);
}
