//! The port of the metrics, and its output.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hetu_devnet::Devnet;
use hetu_xylem::{Xylem, XylemError};
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{MathSum, Reply, Scene, add, builder, clock, connect, send, send_over};

async fn scrape(address: SocketAddr) -> String {
    let reply = get(address, "/metrics").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.headers["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    String::from_utf8(reply.content.to_vec()).unwrap()
}

async fn get(address: SocketAddr, path: &str) -> Reply {
    let request = Request::get(format!("http://{address}{path}")).body(Bytes::new()).unwrap();
    send(address, request).await
}

#[tokio::test]
async fn metrics_are_shown_on_a_port_of_their_own() {
    let scene = Scene::with(|builder| builder.metrics("127.0.0.1:0")).await;
    let mut connection = connect(scene.address()).await;
    let reply = send_over(&mut connection, scene.sign_sum().await.request).await.unwrap();
    assert_eq!(reply.status, 200);
    let address = scene.miner.metrics_addr().unwrap();
    let text = scrape(address).await;
    assert!(text.contains("hetu_xylem_connections_open 1\n"), "{text}");
    assert!(text.contains("hetu_xylem_connections_total 1\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(text, scene.miner.render_metrics());
    // The service port has no metrics, and the metrics port has no services.
    assert_eq!(scene.get("/metrics").await.status, 404);
    assert_eq!(get(address, "/ping").await.status, 404);
    let post = Request::post(format!("http://{address}/metrics")).body(Bytes::new()).unwrap();
    let reply = send(address, post).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.headers["allow"]),
        (405, &"GET, HEAD".parse().unwrap())
    );
}

#[tokio::test]
async fn without_being_asked_for_metrics_have_no_port() {
    let scene = Scene::new().await;
    assert_eq!(scene.miner.metrics_addr(), None);
    assert!(scene.miner.render_metrics().contains("hetu_xylem_connections_open 0\n"));
}

#[tokio::test]
async fn a_port_of_metrics_in_use_is_told() {
    let scene = Scene::new().await;
    let address = scene.address().to_string();
    let error = builder(&clock()).metrics(&address).start().await.unwrap_err();
    assert!(matches!(error, XylemError::Bind { address: wanted, .. } if wanted == address));
}

#[tokio::test]
async fn those_who_hang_on_the_port_of_metrics_do_not_pile_up() {
    let scene = Scene::with(|builder| builder.metrics("127.0.0.1:0")).await;
    let address = scene.miner.metrics_addr().unwrap();
    let mut hanging = Vec::new();
    for _ in 0..16 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\n").await.unwrap();
        hanging.push(stream);
    }
    // The next connection is closed without a reply, by an end or by a reset.
    let mut turned_away = TcpStream::connect(address).await.unwrap();
    let read = turned_away.read(&mut [0; 16]).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    drop(hanging);
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = b"GET /metrics HTTP/1.1\r\nhost: miner\r\n\r\n";
        let mut text = Vec::new();
        if stream.write_all(asked).await.is_ok()
            && stream.read_to_end(&mut text).await.is_ok()
            && !text.is_empty()
        {
            assert!(text.starts_with(b"HTTP/1.1 200 "));
            break;
        }
    }
}

#[tokio::test]
async fn the_picture_of_the_subnet_is_among_the_metrics_and_the_chain_tells_where_they_are() {
    let devnet = Devnet::builder().start().await.unwrap();
    let owner = devnet.connect_as(1).await.unwrap();
    let netuid = devnet.open_subnet(&owner).await.unwrap();
    let hetu = Arc::new(devnet.connect_as(2).await.unwrap());
    let miner = Xylem::builder(hetu.as_ref().clone(), netuid)
        .home(env!("CARGO_TARGET_TMPDIR"))
        .bind("127.0.0.1:0")
        .metrics("127.0.0.1:0")
        .advertise_metrics("127.0.0.1", 9_091)
        .attach::<MathSum>(add)
        .start()
        .await
        .unwrap();
    let text = scrape(miner.metrics_addr().unwrap()).await;
    assert!(text.contains("hetu_metastruct_fresh{netuid="), "{text}");
    assert_eq!(text.matches("# EOF\n").count(), 1);
    let dendron = hetu.dendrons().get(netuid, miner.address()).await.unwrap().unwrap();
    let metrics = (dendron.metrics_endpoint.host.as_str(), dendron.metrics_endpoint.port);
    assert_eq!(metrics, ("127.0.0.1", 9_091));
}
