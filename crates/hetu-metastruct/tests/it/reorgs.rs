//! Reorganisations of the chain.

use hetu_chain::Amount;
use hetu_chain::model::Role;
use hetu_devnet::{Devnet, Reorg};
use hetu_metastruct::{Metastruct, UpdateCause};

use crate::scene::{Chain, Dice, endpoint};

async fn with_miners(chain: &Chain) {
    for account in 1..=6 {
        chain.join(account, Role::Miner, 300, endpoint(8_000)).await;
    }
}

/// Mines `blocks` blocks with one change each.
async fn change(chain: &Chain, dice: &mut Dice, blocks: u64) {
    for _ in 0..blocks {
        let account = 1 + usize::try_from(dice.roll(6)).unwrap();
        let hetu = chain.connect_as(account).await;
        let stake = Amount::from_hetu(100 + dice.roll(200));
        hetu.staking().allocate(chain.netuid, stake).await.unwrap();
    }
}

async fn assert_exact(chain: &Chain, metastruct: &Metastruct, what: &str) {
    let view = metastruct.refresh().await.unwrap();
    assert_eq!(*view, chain.fresh_read().await, "{what}");
    assert!(metastruct.fresh_view().is_ok(), "{what}");
}

#[tokio::test]
async fn reorganisations_of_one_to_twelve_blocks_are_followed() {
    let chain = Chain::busy(Devnet::builder()).await;
    with_miners(&chain).await;
    let metastruct = chain.follow().await;
    let mut dice = Dice(7);
    for depth in 1..=12 {
        for forgets in [true, false] {
            change(&chain, &mut dice, depth + 1).await;
            assert_exact(&chain, &metastruct, "before").await;
            let mut changes = metastruct.changes();
            let reorg = Reorg::of_depth(depth);
            let reorg = if forgets { reorg.forgetting_transactions() } else { reorg };
            let old = metastruct.view();
            chain.devnet.reorg(reorg).await.unwrap();
            assert_exact(&chain, &metastruct, &format!("{depth} {forgets}")).await;
            let update = changes.next().await.unwrap().unwrap();
            assert_eq!(update.cause, UpdateCause::Rollback, "{depth} {forgets}");
            assert_eq!(update.view.block.id.number, old.block.id.number - depth);
            assert!(!update.changes.is_empty());
        }
    }
    let metrics = metastruct.metrics();
    assert!(metrics.contains("hetu_metastruct_reorgs_total 24"), "{metrics}");
    assert!(metrics.contains("hetu_metastruct_reorged_blocks_total 156"), "{metrics}");
    assert!(!metrics.contains("resyncs_total{"), "no reorganisation needs a fresh read: {metrics}");
}

#[tokio::test]
async fn a_reorganisation_below_the_first_block_that_was_read_is_read_anew() {
    let chain = Chain::busy(Devnet::builder()).await;
    with_miners(&chain).await;
    let metastruct = chain.follow().await;
    let mut changes = metastruct.changes();
    chain.devnet.reorg(Reorg::of_depth(4).forgetting_transactions()).await.unwrap();
    assert_exact(&chain, &metastruct, "below").await;
    assert_eq!(changes.next().await.unwrap().unwrap().cause, UpdateCause::Resync);
    let metrics = metastruct.metrics();
    assert!(metrics.contains("resyncs_total{reason=\"reorganised too deep\"} 1"), "{metrics}");
    chain.join(5, Role::Miner, 300, endpoint(8_000)).await;
    assert_exact(&chain, &metastruct, "and goes on").await;
}

#[tokio::test]
async fn whatever_happens_the_view_is_what_a_fresh_read_shows() {
    for seed in 1..=2 {
        let chain = Chain::busy(Devnet::builder()).await;
        with_miners(&chain).await;
        let metastruct = chain.follow().await;
        let mut dice = Dice(seed);
        for step in 0..24 {
            match dice.roll(5) {
                0 => {
                    let depth = 1 + dice.roll(6);
                    change(&chain, &mut dice, depth).await;
                    // Some of the blocks are replaced before the client sees them.
                    if dice.roll(2) == 0 {
                        metastruct.refresh().await.unwrap();
                    }
                    let reorg = Reorg::of_depth(1 + dice.roll(depth));
                    let forgets = dice.roll(2) == 0;
                    let reorg = if forgets { reorg.forgetting_transactions() } else { reorg };
                    chain.devnet.reorg(reorg).await.unwrap();
                }
                1 => {
                    chain.devnet.mine(1 + dice.roll(40)).await;
                }
                _ => change(&chain, &mut dice, 1).await,
            }
            if dice.roll(2) == 0 {
                assert_exact(&chain, &metastruct, &format!("seed {seed} step {step}")).await;
            }
        }
        assert_exact(&chain, &metastruct, &format!("seed {seed}")).await;
    }
}
