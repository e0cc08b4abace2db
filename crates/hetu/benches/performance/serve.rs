//! The process that serves.

use std::ops::Range;

use hetu::xylem::RunningXylem;
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

/// The miners with these places: the first serves alone, all others together.
async fn xylems(places: Range<u32>) -> Vec<RunningXylem> {
    let hetu = network::miner(places.start).await;
    let subnet = Metastruct::builder(hetu, network::NETUID).start().await.unwrap();
    let mut miners = Vec::new();
    for place in places {
        let hetu = network::miner(place).await;
        let miner = Xylem::builder(hetu)
            .netuid(network::NETUID)
            .metastruct(subnet.clone())
            .bind("127.0.0.1:0")
            .attach::<Echo>(|call| async move { Ok(call) })
            .start()
            .await
            .unwrap();
        miners.push(miner);
    }
    subnet.refresh().await.unwrap();
    miners
}

fn ports_of(miners: &[RunningXylem]) -> Vec<u16> {
    miners.iter().map(|miner| miner.local_addr().port()).collect()
}
