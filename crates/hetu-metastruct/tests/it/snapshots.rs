//! Snapshots for the next start, and the checks on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hetu_chain::Amount;
use hetu_chain::model::Role;
use hetu_devnet::Devnet;
use hetu_metastruct::{Freshness, Metastruct, PeerOutcome, SnapshotError, StaleReason};

use crate::gateway::{Fault, Gateway};
use crate::scene::{Chain, endpoint, open_busy_subnet};

async fn chain_with_miners() -> Chain {
    let chain = Chain::busy(Devnet::builder()).await;
    for account in 1..=3 {
        chain.join(account, Role::Miner, 300, endpoint(8_091)).await;
    }
    chain
}

async fn saved(chain: &Chain, folder: &Path) -> PathBuf {
    let metastruct = chain.builder().await.snapshots(folder).start().await.unwrap();
    metastruct.synced().await;
    metastruct.save().await.unwrap()
}

#[tokio::test]
async fn a_restart_serves_what_was_known_as_stale_until_the_chain_was_read() {
    let chain = chain_with_miners().await;
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::to(&chain).await;
    let peer = chain.devnet.accounts()[1].address;
    let (known, reputation) = {
        let builder = gateway.builder().await.snapshots(folder.path());
        let metastruct = builder.start().await.unwrap();
        let latency = Duration::from_millis(20);
        metastruct.qualities().observe(peer, PeerOutcome::Verified { latency });
        metastruct.save().await.unwrap();
        (metastruct.view(), metastruct.qualities().of(peer).unwrap())
    };
    chain.connect_as(2).await.dendrons().deregister(chain.netuid).await.unwrap();

    let builder = gateway.builder().await.snapshots(folder.path());
    gateway.behave(|_| Fault::Close);
    let metastruct = builder.start().await.unwrap();
    assert_eq!(metastruct.view(), known);
    let Freshness::Stale(stale) = metastruct.freshness() else { panic!("not synced yet") };
    assert_eq!(stale.reason, StaleReason::NotSynced);
    assert_eq!(metastruct.fresh_view().unwrap_err().reason, StaleReason::NotSynced);
    let restored = metastruct.qualities().of(peer).unwrap();
    assert_eq!((restored.verified, restored.latency), (1, reputation.latency));
    assert!((restored.reputation - reputation.reputation).abs() < 1e-3);
    let error = metastruct.save().await.unwrap_err();
    assert!(matches!(error, SnapshotError::NotSynced { .. }), "{error}");

    gateway.behave(|_| Fault::None);
    let mut changes = metastruct.changes();
    let view = metastruct.synced().await;
    assert_eq!(*view, chain.fresh_read().await);
    assert!(metastruct.fresh_view().is_ok());
    assert_eq!(changes.next().await.unwrap().unwrap().changes, known.differences(&view));
    metastruct.save().await.unwrap();
}

#[tokio::test]
async fn the_block_of_a_snapshot_need_not_be_on_the_chain_any_more() {
    let chain = chain_with_miners().await;
    let folder = tempfile::tempdir().unwrap();
    saved(&chain, folder.path()).await;
    let reorg = hetu_devnet::Reorg::of_depth(3).forgetting_transactions();
    chain.devnet.reorg(reorg).await.unwrap();
    let metastruct = chain.builder().await.snapshots(folder.path()).start().await.unwrap();
    assert_eq!(*metastruct.synced().await, chain.fresh_read().await);
}

/// Starts from `bytes` and asserts that they were set aside, and that the subnet was read again.
async fn assert_refused(chain: &Chain, path: &Path, bytes: &[u8], what: &str) {
    fs::write(path, bytes).unwrap();
    let aside = path.with_extension("metastruct.rejected");
    let _ = fs::remove_file(&aside);
    let folder = path.parent().unwrap();
    let metastruct = chain.builder().await.snapshots(folder).start().await.unwrap();
    assert!(metastruct.fresh_view().is_ok(), "{what}: it was read before it was served");
    assert_eq!(*metastruct.view(), chain.fresh_read().await, "{what}");
    assert!(!path.exists(), "{what}");
    assert_eq!(fs::read(&aside).unwrap(), bytes, "{what}");
    let metrics = metastruct.metrics();
    assert!(metrics.contains("snapshots_total{netuid=\"1\",outcome=\"refused\"} 1"), "{metrics}");
}

#[tokio::test]
async fn damaged_and_old_snapshots_are_set_aside() {
    let chain = chain_with_miners().await;
    let folder = tempfile::tempdir().unwrap();
    let path = saved(&chain, folder.path()).await;
    let good = fs::read(&path).unwrap();
    for place in [0, 7, 8, 12, 40, 44, 60, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        assert_refused(&chain, &path, &bytes, &format!("byte {place}")).await;
    }
    for length in [0, 1, 8, 43, 44, 100, good.len() - 1] {
        assert_refused(&chain, &path, &good[..length], &format!("{length} bytes")).await;
    }
    let longer = [&good[..], b"x"].concat();
    assert_refused(&chain, &path, &longer, "one byte more").await;
    let mut old = good.clone();
    old[8..12].copy_from_slice(&0_u32.to_le_bytes());
    assert_refused(&chain, &path, &old, "an old version").await;
    assert_refused(&chain, &path, b"HETUMETA", "a head alone").await;

    fs::write(&path, &good).unwrap();
    let metastruct = chain.builder().await.snapshots(folder.path()).start().await.unwrap();
    assert!(metastruct.metrics().contains("outcome=\"loaded\"} 1"), "the good one still is");
}

#[tokio::test]
async fn snapshots_of_other_chains_contracts_and_subnets_are_set_aside() {
    let chain = chain_with_miners().await;
    let folder = tempfile::tempdir().unwrap();
    let path = saved(&chain, folder.path()).await;

    let foreign = Chain::busy(Devnet::builder().chain_id(4_711)).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let of_other_chain = fs::read(saved(&foreign, elsewhere.path()).await).unwrap();
    assert_refused(&chain, &path, &of_other_chain, "another chain").await;

    let mut network = chain.devnet.network();
    network.contracts.lens = None;
    let hetu = hetu_chain::Hetutensor::connect(network).await.unwrap();
    let builder = Metastruct::builder(hetu, chain.netuid).snapshots(elsewhere.path());
    let of_other_contracts = builder.start().await.unwrap().save().await.unwrap();
    let of_other_contracts = fs::read(of_other_contracts).unwrap();
    assert_refused(&chain, &path, &of_other_contracts, "other contracts").await;

    chain.devnet.mine(101).await;
    let other = open_busy_subnet(&chain.connect_as(0).await).await;
    let builder = Metastruct::builder(chain.connect_as(9).await, other).snapshots(elsewhere.path());
    let of_other_subnet = builder.start().await.unwrap().save().await.unwrap();
    let of_other_subnet = fs::read(of_other_subnet).unwrap();
    assert_refused(&chain, &path, &of_other_subnet, "another subnet").await;
}

#[tokio::test]
async fn what_is_known_is_written_at_an_interval() {
    let chain = chain_with_miners().await;
    let folder = tempfile::tempdir().unwrap();
    let builder = chain.builder().await.snapshots(folder.path());
    let builder = builder.snapshot_interval(Duration::from_millis(5));
    let metastruct = builder.start().await.unwrap();
    while !metastruct.metrics().contains("outcome=\"written\"}") {
        tokio::task::yield_now().await;
    }
    let staker = chain.connect_as(1).await;
    staker.staking().allocate(chain.netuid, Amount::from_hetu(250)).await.unwrap();
    metastruct.refresh().await.unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(!files.is_empty());
    let without = chain.follow().await;
    assert!(matches!(without.save().await, Err(SnapshotError::NoFolder)));
}
