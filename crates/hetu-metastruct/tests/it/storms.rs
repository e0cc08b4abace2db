//! Many changes at once.

use std::collections::BTreeMap;

use hetu_chain::model::{HyperparameterChanges, RawEndpoint, Registration, Role};
use hetu_chain::{Amount, Hetutensor, NetUid};
use hetu_devnet::Devnet;
use hetu_metastruct::SubnetChange;

use crate::scene::{Chain, Dice};

const ACCOUNTS: usize = 40;
const BLOCKS: usize = 100;
const CHANGES_IN_A_BLOCK: usize = 10;
/// More than any of the calls needs, so that no call is estimated.
const GAS: u64 = 1_000_000;

/// An account that joins, moves, stakes and leaves at random.
struct Actor {
    hetu: Hetutensor,
    stake: Option<u64>,
    port: u16,
}

impl Actor {
    async fn act(&mut self, netuid: NetUid, dice: &mut Dice) {
        self.port += 1;
        let Some(stake) = self.stake else {
            let role = if dice.roll(3) == 0 { Role::Validator } else { Role::Miner };
            let stake = 500 + dice.roll(100);
            let endpoint = RawEndpoint::new(host(dice), self.port);
            let registration = Registration {
                role,
                ..Registration::miner(netuid, Amount::from_hetu(stake), endpoint)
            };
            self.hetu.dendrons().register(&registration).gas_limit(GAS).send().await.unwrap();
            self.stake = Some(stake);
            return;
        };
        match dice.roll(8) {
            0 => {
                self.hetu.dendrons().deregister(netuid).gas_limit(GAS).send().await.unwrap();
                self.stake = None;
            }
            1..=3 => {
                let (here, metrics) =
                    (RawEndpoint::new(host(dice), self.port), RawEndpoint::default());
                let update = self.hetu.dendrons().update_endpoints(netuid, &here, &metrics);
                update.gas_limit(GAS).send().await.unwrap();
            }
            _ => {
                // The stake is sometimes below the threshold of either role, so that activity
                // changes.
                let other = 100 + dice.roll(600);
                let other = if other == stake { other + 1 } else { other };
                let call = self.hetu.staking().allocate(netuid, Amount::from_hetu(other));
                call.gas_limit(GAS).send().await.unwrap();
                self.stake = Some(other);
            }
        }
    }
}

fn host(dice: &mut Dice) -> &'static str {
    ["127.0.0.1", "8.8.8.8", "nonsense !", "miner.example", "::1", ""]
        [usize::try_from(dice.roll(6)).unwrap()]
}

#[tokio::test]
async fn a_thousand_changes_in_a_hundred_blocks_are_told_exactly() {
    let chain = Chain::busy(Devnet::builder().accounts(u32::try_from(ACCOUNTS).unwrap())).await;
    let mut dice = Dice(1);
    let mut actors = Vec::new();
    for account in 1..ACCOUNTS {
        let hetu = chain.connect_as(account).await;
        hetu.staking().add(Amount::from_hetu(5_000)).await.unwrap();
        let mut actor = Actor { hetu, stake: None, port: 8_000 };
        // Half of them register at the start, because at most ten may join in one block.
        if account % 2 == 0 {
            actor.act(chain.netuid, &mut dice).await;
        }
        actors.push(actor);
    }
    let metastruct = chain.follow().await;
    let mut changes = metastruct.changes();
    let mut counts = BTreeMap::<String, usize>::new();
    let owner = chain.connect_as(0).await;
    let mut seen = metastruct.view();
    chain.mine_by_hand().await;
    for round in 0..BLOCKS {
        for turn in 0..CHANGES_IN_A_BLOCK {
            let place = (round * CHANGES_IN_A_BLOCK + turn) % actors.len();
            actors[place].act(chain.netuid, &mut dice).await;
        }
        if round % 25 == 24 {
            let tempo = HyperparameterChanges {
                tempo: Some(9 + u16::try_from(round).unwrap()),
                ..Default::default()
            };
            let call = owner.subnets().change_hyperparameters(chain.netuid, &tempo).await.unwrap();
            call.gas_limit(GAS).send().await.unwrap();
        }
        chain.devnet.mine(1).await;
        let view = metastruct.refresh().await.unwrap();
        assert_eq!(view.block.id.number, chain.devnet.block_number());
        assert_eq!(*view, chain.fresh_read().await, "block {round}");
        let told = changes.next().await.unwrap().unwrap();
        assert_eq!(told.view, view);
        let of_epoch = |change: &&SubnetChange| matches!(change, SubnetChange::Epoch { .. });
        assert_eq!(
            told.changes.iter().filter(of_epoch).count(),
            usize::from(view.epoch().ends_now)
        );
        let others: Vec<_> =
            told.changes.iter().filter(|change| !of_epoch(change)).cloned().collect();
        assert_eq!(others, seen.differences(&view));
        for change in &told.changes {
            let name = serde_json::to_value(change).unwrap()["change"].as_str().unwrap().to_owned();
            *counts.entry(name).or_default() += 1;
        }
        seen = view;
    }
    assert!(counts.values().sum::<usize>() >= BLOCKS * CHANGES_IN_A_BLOCK, "{counts:?}");
    for kind in
        ["registered", "deregistered", "endpoint", "stake", "activity", "hyperparameters", "epoch"]
    {
        assert!(counts.contains_key(kind), "{kind}: {counts:?}");
    }
    assert_eq!(metastruct.reconcile().await.unwrap(), 0);
    let metrics = metastruct.metrics();
    assert!(
        metrics.contains("hetu_metastruct_reconciliations_total{netuid=\"1\",outcome=\"equal\"} 1"),
        "{metrics}"
    );
    assert!(!metrics.contains("hetu_metastruct_differences_total{"), "{metrics}");
}
