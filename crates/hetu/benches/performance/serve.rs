//! The process that serves.

use std::ops::Range;

use futures_util::stream::{self, StreamExt};
use hetu::xylem::{Policy, RunningXylem, ServerLimits, WorkLimits};
use hetu::{Metastruct, Xylem};

use crate::child::{ServerKind, answer_lines};
use crate::echo::Echo;
use crate::processor::Usage;
use crate::{floor, network};

pub(crate) async fn run(kind: ServerKind) {
    let mut miners = Vec::new();
    let ports = match kind {
        ServerKind::Echo => vec![floor::serve(false).await],
        ServerKind::SignedEcho => vec![floor::serve(true).await],
        ServerKind::SignedEchoes => {
            let mut ports = Vec::new();
            for _ in 0..network::MINERS {
                ports.push(floor::serve(true).await);
            }
            ports
        }
        ServerKind::Xylem => {
            miners = xylems(0..1).await;
            ports_of(&miners)
        }
        ServerKind::Xylems => {
            miners = xylems(1..network::MINERS + 1).await;
            ports_of(&miners)
        }
    };
    println!("{}", serde_json::to_string(&ports).unwrap());
    answer_lines(async |(): ()| Usage::now()).await;
    drop(miners);
}

const STARTING: usize = 32;

/// Starts the miners with these indices: the first serves alone, all others together.
async fn xylems(places: Range<u32>) -> Vec<RunningXylem> {
    let hetu = network::miner(places.start).await;
    let subnet = Metastruct::builder(hetu, network::NETUID).start().await.unwrap();
    // Each waits a second before it serves, so they start concurrently.
    let starting = places.map(|place| start(place, subnet.clone()));
    let miners = stream::iter(starting).buffered(STARTING).collect().await;
    subnet.refresh().await.unwrap();
    miners
}

async fn start(place: u32, subnet: Metastruct) -> RunningXylem {
    Xylem::builder(network::miner(place).await, network::NETUID)
        .metastruct(subnet)
        .bind("127.0.0.1:0")
        .limits(limits())
        .policy(Policy::validators().with_work(work()))
        .attach::<Echo>(|call| async move { Ok(call) })
        .start()
        .await
        .unwrap()
}

/// Returns limits for two validators of one address with 256 requests in flight each.
fn limits() -> ServerLimits {
    ServerLimits::default().with_connections_per_address(1_024).with_unverified_bytes(1 << 30)
}

fn work() -> WorkLimits {
    WorkLimits::default().with_at_once(512).with_at_once_per_caller(256).with_queue(1_024)
}

fn ports_of(miners: &[RunningXylem]) -> Vec<u16> {
    miners.iter().map(|miner| miner.local_addr().port()).collect()
}
