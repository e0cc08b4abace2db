//! One request to 256 miners at once, compared with bare HTTP and the same curve operations.

use serde::Serialize;

use crate::child::{Client, ClientKind, Job, Server, ServerKind};
use crate::crypto::median;
use crate::network::Network;

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct FanOut {
    pub(crate) targets: usize,
    pub(crate) bare_ms: f64,
    pub(crate) broadcast_ms: f64,
    pub(crate) ratio: f64,
    pub(crate) failed: u64,
}

pub(crate) async fn measure(network: &Network, is_short: bool) -> FanOut {
    let rpc_url = network.rpc_url();
    let (rounds, milliseconds) = if is_short { (1, 300) } else { (7, 1_500) };
    let mut bare_server = Server::start(ServerKind::SignedEchoes, &rpc_url).await;
    let mut server = Server::start(ServerKind::Xylems, &rpc_url).await;
    let mut bare_client = Client::start(ClientKind::SignedEchoes, &rpc_url);
    let mut client = Client::start(ClientKind::Broadcast, &rpc_url);
    let (mut bare, mut ours, mut ratios, mut failed) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for round in 0..=rounds {
        let bare_round = ask(&mut bare_server, &mut bare_client, milliseconds).await;
        let our_round = ask(&mut server, &mut client, milliseconds).await;
        failed += our_round.1;
        // The first round warms up.
        if round > 0 {
            bare.push(bare_round.0);
            ours.push(our_round.0);
            ratios.push(our_round.0 / bare_round.0);
        }
    }
    FanOut {
        targets: server.ports.len(),
        bare_ms: median(bare),
        broadcast_ms: median(ours),
        ratio: median(ratios),
        failed,
    }
}

/// Returns the median of the rounds in milliseconds, and the number of failed rounds.
async fn ask(server: &mut Server, client: &mut Client, milliseconds: u64) -> (f64, u64) {
    let ports = server.ports.clone();
    let sample = client.work(&Job { ports, bytes: 100, concurrency: 0, milliseconds }).await;
    (sample.p50_us / 1_000.0, sample.failed)
}
