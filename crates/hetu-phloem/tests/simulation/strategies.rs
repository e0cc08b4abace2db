//! The criterion of each strategy.

use std::collections::{BTreeMap, BTreeSet};

use hetu_chain::{Address, Amount};
use hetu_phloem::testkit::Conduct;
use hetu_phloem::{
    Fastest, RoundRobin, RouteOptions, Router, SelectionPool, StakeWeighted, Sticky, Strategy,
    Target, Weighted,
};

use crate::traffic::{Double, Subnet, drive, equals, honest, milliseconds, seconds, share};

/// Returns the number of times that each miner was chosen in `draws` sequential calls.
async fn draws(subnet: &Subnet, options: &RouteOptions, draws: usize) -> Vec<f64> {
    let router = subnet.router();
    for _ in 0..draws {
        router.route(&subnet.call(Double(1)), options).await.unwrap();
    }
    let places = 0..subnet.targets().len();
    places.map(|place| share(subnet.requests(place), subnet.all_requests())).collect()
}

fn weighted(weights: &'static [f64]) -> RouteOptions {
    let weight = move |target: &Target| weights[usize::from(target.address.as_bytes()[19])];
    RouteOptions::default().strategy(Weighted::by(weight))
}

fn assert_near(shares: &[f64], expected: &[f64]) {
    for (share, expected) in shares.iter().zip(expected) {
        assert!((share - expected).abs() < 0.05, "{shares:?} and not {expected:?}");
    }
}

/// Verifies S18: weights of 0.8, 0.4 and 0.2 over 10,000 draws, and no weight.
#[tokio::test(start_paused = true)]
async fn by_weight_each_is_chosen_as_often_as_its_share_and_nobody_without() {
    let subnet = Subnet::new(42, equals(4));
    let shares = draws(&subnet, &weighted(&[0.8, 0.4, 0.2, 0.0]), 10_000).await;
    assert_near(&shares, &[0.571, 0.286, 0.143, 0.0]);
    assert!(shares[3] == 0.0);
}

/// Verifies S18: weights that are zero, infinite, negative or NaN.
#[tokio::test(start_paused = true)]
async fn weights_that_are_no_weights_count_nothing_and_infinite_ones_everything() {
    let cases: [(&'static [f64], &[f64]); 6] = [
        (&[f64::NAN, 1.0, -3.0], &[0.0, 1.0, 0.0]),
        (&[f64::INFINITY, 1.0, f64::INFINITY], &[0.5, 0.0, 0.5]),
        (&[0.0, 0.0, 0.0], &[0.333, 0.333, 0.333]),
        (&[f64::NAN, f64::NEG_INFINITY, -1.0], &[0.333, 0.333, 0.333]),
        (&[f64::MAX, f64::MAX, 0.0], &[0.5, 0.5, 0.0]),
        (&[f64::MIN_POSITIVE, 0.0, 0.0], &[1.0, 0.0, 0.0]),
    ];
    for (weights, expected) in cases {
        let subnet = Subnet::new(7, equals(3));
        let shares = draws(&subnet, &weighted(weights), 2_000).await;
        assert_near(&shares, expected);
        let is_zero = |place: usize| expected[place] == 0.0;
        assert!((0..3).filter(|place| is_zero(*place)).all(|place| shares[place] == 0.0));
    }
}

#[tokio::test(start_paused = true)]
async fn by_stake_each_is_chosen_as_often_as_its_share() {
    let stakes = [800, 400, 200, 0];
    let subnet = Subnet::new(42, stakes.map(|stake| honest().stake(stake)));
    let options = RouteOptions::default().strategy(StakeWeighted);
    let shares = draws(&subnet, &options, 10_000).await;
    assert_near(&shares, &[0.571, 0.286, 0.143, 0.0]);
    assert!(shares[3] == 0.0);
    let nothing = Subnet::new(42, [honest().stake(0), honest().stake(0)]);
    assert_near(&draws(&nothing, &options, 2_000).await, &[0.5, 0.5]);
}

#[tokio::test(start_paused = true)]
async fn by_stake_who_is_unwell_is_left_out_and_the_rest_goes_by_shares() {
    let mut miners = vec![honest().stake(100_000).from(seconds(0), Conduct::FailsFast)];
    miners.extend([300, 100].map(|stake| honest().stake(stake)));
    let subnet = Subnet::new(42, miners);
    let router = subnet.router();
    let options = RouteOptions::default().attempts(5).strategy(StakeWeighted);
    drive(&subnet, &router, 50, seconds(5), &options).await;
    let before: Vec<_> = (0..3).map(|place| subnet.requests(place)).collect();
    drive(&subnet, &router, 100, seconds(30), &options).await;
    let got: Vec<_> = (0..3).map(|place| subnet.requests(place) - before[place]).collect();
    assert!(got[0] <= 10, "{got:?}");
    assert!((share(got[1], got[1] + got[2]) - 0.75).abs() < 0.05, "{got:?}");
}

/// Verifies S18: a latency threshold that every miner exceeds excludes none, and miners without
/// samples are kept.
#[tokio::test(start_paused = true)]
async fn where_all_are_slow_all_are_kept_and_who_is_cold_is_not_left_out() {
    let slow = || honest().latency(seconds(2), seconds(3));
    let subnet = Subnet::new(3, (0..4).map(|_| slow()));
    let router = subnet.router();
    drive(&subnet, &router, 20, seconds(60), &RouteOptions::default()).await;
    assert!((0..4).all(|place| share(subnet.requests(place), subnet.all_requests()) > 0.1));
    assert!(
        router.explain(&RouteOptions::default()).candidates.iter().all(|it| it.exclusion.is_none())
    );
    let subnet = Subnet::new(3, equals(5));
    let router = subnet.router();
    router.replace(subnet.targets()[..4].to_vec());
    drive(&subnet, &router, 100, seconds(10), &RouteOptions::default()).await;
    router.replace(subnet.targets());
    drive(&subnet, &router, 100, seconds(20), &RouteOptions::default()).await;
    assert!(subnet.requests(4) > 100);
}

#[tokio::test(start_paused = true)]
async fn the_fastest_is_asked_and_not_the_one_that_fails_fastest() {
    let of = |least: u64| honest().latency(milliseconds(least), milliseconds(least + 1));
    let subnet =
        Subnet::new(1, [of(50), of(10), of(30), of(20).from(seconds(0), Conduct::FailsFast)]);
    let shares = draws(&subnet, &RouteOptions::default().strategy(Fastest), 500).await;
    assert!(shares[1] > 0.95, "{shares:?}");
}

#[tokio::test(start_paused = true)]
async fn in_turn_each_is_asked_as_often_and_who_is_left_out_is_skipped() {
    let subnet = Subnet::new(1, equals(4));
    let left_out = subnet.targets()[2].address;
    let options = RouteOptions::default().strategy(RoundRobin::default()).exclude([left_out]);
    draws(&subnet, &options, 300).await;
    assert_eq!(subnet.requests(2), 0);
    assert!((0..4).filter(|place| *place != 2).all(|place| subnet.requests(place) >= 75));
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_key_go_to_one_miner_and_move_only_if_it_leaves() {
    let subnet = Subnet::new(1, equals(10));
    let router = subnet.router();
    let ask = async |router: &Router, key: u32| {
        let options = RouteOptions::default().strategy(Sticky).key(key.to_be_bytes());
        router.route(&subnet.call(Double(1)), &options).await.unwrap().answer.miner
    };
    let mut before = BTreeMap::new();
    for key in 0..200 {
        let miner = ask(&router, key).await;
        assert_eq!(ask(&router, key).await, miner);
        before.insert(key, miner);
    }
    let used: BTreeSet<Address> = before.values().copied().collect();
    assert_eq!(used.len(), 10);
    // Another process, in which one miner has left.
    let other = Router::seeded(99);
    let gone = subnet.targets()[3].address;
    other.replace(subnet.targets().into_iter().filter(|target| target.address != gone));
    for (key, miner) in before {
        let now = ask(&other, key).await;
        assert!(now == miner || miner == gone, "{key} moved from {miner} to {now}");
    }
}

/// A strategy that always picks the miner with the most stake.
#[derive(Debug)]
struct Richest;

impl Strategy for Richest {
    fn name(&self) -> &str {
        "richest"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        pool.least_by(|place| -pool.stake_share(place))
    }
}

/// A strategy that ignores bounds and health.
#[derive(Debug)]
struct Careless;

impl Strategy for Careless {
    fn name(&self) -> &str {
        "careless"
    }

    fn pick(&self, pool: &SelectionPool<'_>) -> Option<usize> {
        Some(if pool.random().is_multiple_of(2) { 0 } else { pool.len() + 7 })
    }
}

#[tokio::test(start_paused = true)]
async fn a_strategy_of_ones_own_chooses_and_cannot_choose_who_is_not_eligible() {
    let subnet = Subnet::new(1, [honest().stake(1), honest().stake(9), honest().stake(5)]);
    let shares = draws(&subnet, &RouteOptions::default().strategy(Richest), 50).await;
    assert_eq!(shares, [0.0, 1.0, 0.0]);
    let left_out = subnet.targets()[0].address;
    let options = RouteOptions::default().strategy(Careless).exclude([left_out]);
    let subnet = Subnet::new(1, equals(3));
    draws(&subnet, &options, 100).await;
    assert_eq!(subnet.requests(0), 0);
}

#[tokio::test(start_paused = true)]
async fn stake_and_reputation_count_where_the_rest_is_the_same() {
    let steady = || honest().latency(milliseconds(20), milliseconds(20));
    let subnet = Subnet::new(1, [steady().stake(1_000), steady().stake(100), steady().stake(100)]);
    let shares = draws(&subnet, &RouteOptions::default(), 1_000).await;
    assert!(shares[0] > 0.5, "{shares:?}");
    assert_eq!(subnet.targets()[0].stake, Amount::from_hetu(1_000));
}
