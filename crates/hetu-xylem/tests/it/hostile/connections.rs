//! Clients that connect again and again.

use std::net::{Ipv4Addr, SocketAddr};

use hetu_xylem::ServerLimits;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use super::{counted, serves};
use crate::support::{Scene, metric};
use hetu_testkit::process::{open_files, resident_bytes, scale};

const CONNECTIONS: u32 = 10_000;
const CLIENTS: u32 = 64;

/// Connects from one of many addresses of this machine.
async fn connect_from(number: u32, address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let source = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + number);
    socket.bind((source, 0).into())?;
    // No socket stays in TIME_WAIT on this side, so that the ports suffice.
    socket.set_zero_linger()?;
    socket.connect(address).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_connections_come_and_go() {
    let scene = Scene::new().await;
    serves(&scene).await;
    let (files, memory) = (open_files(), resident_bytes());
    let address = scene.address();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            tokio::spawn(async move {
                for number in (client..CONNECTIONS * scale()).step_by(CLIENTS as usize) {
                    connect_from(number % 1_000, address).await.unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    serves(&scene).await;
    while !counted(&scene, "hetu_xylem_connections_open 0") {
        tokio::task::yield_now().await;
    }
    // The operating system drops a few connections that come and go too fast for its queue, so the
    // miner does not see them.
    let seen = metric(&scene, "hetu_xylem_connections_total")
        + metric(&scene, "hetu_xylem_connections_refused_total{cause=\"total\"}")
        + metric(&scene, "hetu_xylem_connections_refused_total{cause=\"address\"}");
    assert!(seen > u64::from(CONNECTIONS * scale()) * 9 / 10, "{seen}");
    assert!(open_files() <= files + 8, "{} {files}", open_files());
    let grown = resident_bytes().saturating_sub(memory);
    assert!(grown < 32 << 20, "{grown}");
}

#[tokio::test]
async fn one_address_does_not_take_the_place_of_others() {
    let limits = ServerLimits::default().with_connections(8).with_connections_per_address(3);
    let scene = Scene::with(|builder| builder.limits(limits)).await;
    let mut greedy = Vec::new();
    for _ in 0..3 {
        greedy.push(connect_from(7, scene.address()).await.unwrap());
    }
    let mut fourth = connect_from(7, scene.address()).await.unwrap();
    let mut answer = Vec::new();
    let _ = fourth.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 503 "), "{answer:?}");
    assert!(counted(&scene, "hetu_xylem_connections_refused_total{cause=\"address\"} 1"));
    // This call comes from another address.
    serves(&scene).await;
}
