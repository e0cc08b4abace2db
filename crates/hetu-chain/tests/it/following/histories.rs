//! Random histories, each determined by its seed.

use hetu_chain::events::EventStream;

use super::{another_subnet, connect, quick, snapshot, stake, take_another_turn};
use crate::ledger::{Ledger, logs_of_node};
use crate::node::Listens;
use crate::proxy::Proxy;
use crate::setup::chain;

/// A small random generator with a seed, so that a failing history can be reproduced.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Runs random histories with reorganisations and broken connections: in the end the notifications
/// agree with the node.
#[tokio::test]
async fn whatever_happens_every_event_is_told_exactly_once() {
    for seed in 1..=3 {
        let mut dice = Dice(seed);
        let chain = chain().await;
        let wire = Proxy::to(chain.node.address()).await;
        let hetu = connect(&chain, vec![wire.http(), wire.ws()]).await;
        let staker = chain.connect_as(2).await;
        let first = hetu.block().await.unwrap().id.number + 1;
        let mut stream: EventStream = quick(&hetu).from_block(first).follow();
        let mut ledger = Ledger::default();
        stake(&staker, 1).await;
        for _ in 0..24 {
            match dice.roll(8) {
                0 => wire.cut(),
                1 => {
                    let before = snapshot(&chain).await;
                    let depth = 1 + dice.roll(6);
                    for amount in 1..=depth {
                        stake(&staker, amount).await;
                    }
                    if dice.roll(2) == 0 {
                        ledger.follow_to_head(&mut stream, &staker).await;
                    }
                    take_another_turn(&chain, before, dice.roll(3)).await;
                }
                2 => {
                    chain.node.mine(1 + dice.roll(100)).await;
                }
                3 => {
                    another_subnet(&chain).await;
                }
                4 => ledger.follow_to_head(&mut stream, &staker).await,
                5 => {
                    // The program stops and resumes at its checkpoint.
                    ledger.follow_to_head(&mut stream, &staker).await;
                    let last = *ledger.blocks.last().unwrap();
                    stream = quick(&hetu).resume_after(last).follow();
                }
                _ => stake(&staker, 1 + dice.roll(9)).await,
            }
        }
        ledger.follow_to_head(&mut stream, &staker).await;
        assert_eq!(ledger.positions(), logs_of_node(&chain, first).await, "seed {seed}");
    }
}
