//! Hostile clients over real sockets. Honest callers are served throughout, and memory use does not
//! grow.

mod callers;
mod connections;
mod failing;
mod flood;
mod http2;
mod malformed;
mod slow;
mod soak;
mod unverified;

use hetu_testkit::raw;

use crate::support::Scene;

/// Verifies that the miner still serves an honest call.
async fn serves(scene: &Scene) {
    let signed = scene.sign_sum().await;
    let reply = scene.send(signed.request).await;
    assert_eq!((reply.status.as_u16(), scene.verify(&signed.pending, &reply)), (200, Ok(())));
}

/// Returns everything that the miner sends for these bytes until it closes the connection.
async fn say(scene: &Scene, bytes: &[u8]) -> Vec<u8> {
    raw::exchange(scene.address(), bytes).await
}

fn counted(scene: &Scene, line: &str) -> bool {
    scene.miner.render_metrics().lines().any(|counted| counted == line)
}
