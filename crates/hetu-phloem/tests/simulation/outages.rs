//! Outages of some miners, in which no call may be lost, and of all, in which retries must stay
//! few.

use hetu_phloem::testkit::{Conduct, FakeMiner};
use hetu_phloem::{RouteError, RouteOptions};

use crate::traffic::{
    Call, Double, Subnet, drive, equals, failures, honest, milliseconds, seconds, share,
};

const CONDUCTS: [Conduct; 5] = [
    Conduct::Fails,
    Conduct::FailsFast,
    Conduct::Hangs,
    Conduct::Lies,
    Conduct::IsOverloaded { retry_after: None },
];

/// Returns a miner that fails from this second on.
fn falling(at: u64, conduct: Conduct) -> FakeMiner<Double> {
    honest().from(seconds(at), conduct)
}

fn options() -> RouteOptions {
    RouteOptions::default().attempts(5).attempt_limit(milliseconds(500)).deadline(seconds(5))
}

#[tokio::test(start_paused = true)]
async fn no_call_is_lost_that_one_healthy_miner_can_answer() {
    for conduct in CONDUCTS {
        // At the first moment, and all at once under load, no budget has enough tokens.
        for (at, rate) in [(0, 50), (0, 1_000), (2, 50), (2, 1_000)] {
            for seed in [1, 7] {
                let mut miners = equals(1);
                miners.extend((0..4).map(|_| falling(at, conduct)));
                let subnet = Subnet::new(seed, miners);
                let router = subnet.router();
                let lasting = seconds(at + 3);
                let calls = drive(&subnet, &router, rate, lasting, &options()).await;
                let lost = calls.iter().filter_map(|call| call.routed.as_ref().err()).next();
                assert_eq!(failures(&calls), 0, "{conduct:?} at {at} s, {rate}/s: {lost:?}");
            }
        }
    }
}

/// Returns the number of retries as a share of `calls`.
fn retries(calls: &[Call]) -> f64 {
    let attempts = |call: &Call| match &call.routed {
        Ok(routed) => routed.attempts.len(),
        Err(error) => error.attempts().len(),
    };
    let retries = calls.iter().map(|call| attempts(call).saturating_sub(1)).sum::<usize>();
    share(retries as u64, calls.len() as u64)
}

#[tokio::test(start_paused = true)]
async fn when_all_fall_over_retries_are_a_fifth_of_the_calls_at_most() {
    for conduct in CONDUCTS {
        let is_slow_to_show = matches!(conduct, Conduct::Hangs | Conduct::Fails);
        for count in [5, 64, 2_000] {
            if count > 64 && !is_slow_to_show {
                continue;
            }
            let subnet = Subnet::new(3, (0..count).map(|_| falling(10, conduct)));
            let router = subnet.router();
            let well = drive(&subnet, &router, 100, seconds(9), &options()).await;
            assert_eq!(failures(&well), 0);
            tokio::time::sleep(seconds(1)).await;
            let calls = drive(&subnet, &router, 100, seconds(60), &options()).await;
            assert_eq!(failures(&calls), calls.len());
            let retries = retries(&calls);
            assert!(retries <= 0.2, "{conduct:?}, {count} miners: {retries}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn when_they_are_back_calls_are_answered_again() {
    let miner = || falling(10, Conduct::FailsFast).from(seconds(40), Conduct::Answers);
    let subnet = Subnet::new(3, (0..5).map(|_| miner()));
    let router = subnet.router();
    let _watching = subnet.watch(&router, seconds(5));
    drive(&subnet, &router, 100, seconds(60), &options()).await;
    let calls = drive(&subnet, &router, 100, seconds(10), &options()).await;
    let first = calls.iter().find_map(|call| call.routed.as_ref().err()).map(RouteError::to_string);
    assert_eq!(failures(&calls), 0, "{first:?}");
}
