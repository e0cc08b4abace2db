//! Clients that mean no good, over real sockets. Whatever they do, honest callers are served, and
//! nothing grows.

mod callers;
mod connections;
mod failing;
mod flood;
mod frames;
mod http2;
mod malformed;
mod process;
mod slow;
mod soak;
mod unverified;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Scene;

/// The miner still does its work.
async fn serves(scene: &Scene) {
    let signed = scene.sign_sum().await;
    let reply = scene.send(signed.request).await;
    assert_eq!((reply.status.as_u16(), scene.verify(&signed.pending, &reply)), (200, Ok(())));
}

/// What the miner says to these bytes until it closes the connection.
async fn say(scene: &Scene, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    // The miner may close before it has read all of it.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

fn counted(scene: &Scene, line: &str) -> bool {
    scene.miner.render_metrics().lines().any(|counted| counted == line)
}
