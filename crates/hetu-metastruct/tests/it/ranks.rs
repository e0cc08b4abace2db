//! Ranks and peer statistics.

use std::sync::Arc;
use std::time::Duration;

use hetu_chain::clock::ManualClock;
use hetu_chain::model::Role;
use hetu_devnet::Devnet;
use hetu_metastruct::{BlendWeights, PeerOutcome, RankBy, Ranking};

use crate::scene::{Chain, endpoint};

fn accounts(chain: &Chain, ranking: &Ranking, by: RankBy, count: usize) -> Vec<usize> {
    let place = |address| {
        chain.devnet.accounts().iter().position(|account| account.address == address).unwrap()
    };
    ranking
        .top(Role::Miner, by, count)
        .iter()
        .map(|ranked| place(ranked.member.address()))
        .collect()
}

#[tokio::test]
async fn ranks_follow_stake_and_deeds_and_ties_are_always_broken_the_same_way() {
    let chain = Chain::busy(Devnet::builder()).await;
    for (account, stake) in [(1, 200), (2, 400), (3, 200), (4, 300)] {
        chain.join(account, Role::Miner, stake, endpoint(8_000)).await;
    }
    chain.join(5, Role::Validator, 500, endpoint(8_000)).await;
    let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
    let metastruct = chain.builder().await.clock(clock.clone()).start().await.unwrap();
    let mut tied = [1, 3];
    tied.sort_by_key(|&account| chain.devnet.accounts()[account].address);
    let by_stake = [vec![2, 4], tied.to_vec()].concat();
    let ranking = metastruct.ranking();
    assert_eq!(accounts(&chain, &ranking, RankBy::Stake, 64), by_stake);
    assert_eq!(accounts(&chain, &ranking, RankBy::Stake, 2), [2, 4]);
    let mut all = [1, 2, 3, 4];
    all.sort_by_key(|&account| chain.devnet.accounts()[account].address);
    assert_eq!(accounts(&chain, &ranking, RankBy::Reputation, 64), all, "nobody is known yet");
    assert_eq!(ranking.top(Role::Validator, RankBy::Stake, 9).len(), 1);

    let address = |account: usize| chain.devnet.accounts()[account].address;
    let latency = Duration::from_millis(10);
    for _ in 0..50 {
        metastruct.qualities().observe(address(1), PeerOutcome::Verified { latency });
        metastruct.qualities().observe(address(2), PeerOutcome::Failed);
    }
    metastruct.qualities().observe(address(4), PeerOutcome::Refused);
    let ranking = metastruct.rank_now();
    let by_reputation = accounts(&chain, &ranking, RankBy::Reputation, 64);
    assert_eq!(by_reputation, [1, 3, 4, 2]);
    let by_score = accounts(&chain, &ranking, RankBy::Score, 64);
    assert_eq!(by_score[0], 1, "it has half of the stake, and all of the trust");
    let best = &ranking.top(Role::Miner, RankBy::Score, 1)[0];
    let report = metastruct.qualities().of(address(1)).unwrap();
    let expected = 0.4 * 0.5 + 0.4 * f64::from(report.reputation) + 0.2 * (0.2 / 0.21);
    assert!((best.score - expected).abs() < 1e-3, "{} {expected}", best.score);
    assert_eq!((report.verified, report.failed, report.refused), (50, 0, 0));
    assert_eq!(report.success_of_last, Some(1.0));
    assert_eq!(metastruct.qualities().of(address(3)), None);

    clock.advance(Duration::from_secs(30 * 86_400));
    let forgotten = metastruct.rank_now();
    assert_eq!(accounts(&chain, &forgotten, RankBy::Stake, 64), by_stake);
    let scores = forgotten.top(Role::Miner, RankBy::Reputation, 64);
    assert!(scores.iter().all(|ranked| (ranked.score - 0.5).abs() < 1e-6), "{scores:?}");
}

#[tokio::test]
async fn an_index_is_made_anew_when_something_has_changed() {
    let chain = Chain::busy(Devnet::builder()).await;
    chain.join(1, Role::Miner, 200, endpoint(8_000)).await;
    let builder = chain.builder().await.ranking_interval(Duration::from_millis(5));
    let metastruct =
        builder.blend(BlendWeights { stake: 1.0, reputation: 0.0, latency: 0.0 }).start();
    let metastruct = metastruct.await.unwrap();
    assert_eq!(metastruct.ranking().top(Role::Miner, RankBy::Score, 9).len(), 1);
    chain.join(2, Role::Miner, 300, endpoint(8_000)).await;
    metastruct.refresh().await.unwrap();
    while metastruct.ranking().top(Role::Miner, RankBy::Score, 9).len() == 1 {
        tokio::task::yield_now().await;
    }
    let first = metastruct.ranking();
    assert_eq!(first.top(Role::Miner, RankBy::Score, 1)[0].score, 1.0);
    let address = chain.devnet.accounts()[1].address;
    metastruct.qualities().observe(address, PeerOutcome::Failed);
    while Arc::ptr_eq(&first, &metastruct.ranking()) {
        tokio::task::yield_now().await;
    }
}
