//! Distribution of traffic.

use hetu_phloem::testkit::Conduct;
use hetu_phloem::{Hedging, OutcomeClass, RouteError, RouteOptions};

use crate::traffic::{
    Subnet, drive, equals, failures, honest, milliseconds, percentile, seconds, share,
};

const SEEDS: [u64; 3] = [1, 7, 2_026];

fn once() -> RouteOptions {
    RouteOptions::default().attempts(1)
}

#[tokio::test(start_paused = true)]
async fn who_fails_fast_gets_no_traffic_for_being_fast() {
    for seed in SEEDS {
        for conduct in [Conduct::FailsFast, Conduct::IsOverloaded { retry_after: None }] {
            let steady = || honest().latency(milliseconds(20), milliseconds(20));
            let mut miners: Vec<_> = (0..4).map(|_| steady()).collect();
            miners.push(steady().from(seconds(0), conduct));
            let subnet = Subnet::new(seed, miners);
            let router = subnet.router();
            drive(&subnet, &router, 200, seconds(1), &once()).await;
            let (before, all_before) = (subnet.requests(4), subnet.all_requests());
            let calls = drive(&subnet, &router, 200, seconds(30), &once()).await;
            let got = share(subnet.requests(4) - before, subnet.all_requests() - all_before);
            assert!(got <= 0.05, "{seed} {conduct:?}: {got}");
            assert!(share(failures(&calls) as u64, calls.len() as u64) <= 0.05);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_the_one_that_fails_fast_gets_no_traffic_either() {
    let subnet = Subnet::new(3, [honest(), honest().from(seconds(0), Conduct::FailsFast)]);
    let router = subnet.router();
    drive(&subnet, &router, 200, seconds(1), &once()).await;
    let before = subnet.requests(1);
    let calls = drive(&subnet, &router, 200, seconds(30), &once()).await;
    let got = share(subnet.requests(1) - before, calls.len() as u64);
    assert!(got <= 0.05, "{got}");
}

#[tokio::test(start_paused = true)]
async fn nobody_among_equals_gets_twice_a_fair_share() {
    for seed in SEEDS {
        for (rate, lasting) in [(20, seconds(60)), (200, seconds(10)), (1_000, seconds(3))] {
            let subnet = Subnet::new(seed, equals(10));
            let calls = drive(&subnet, &subnet.router(), rate, lasting, &once()).await;
            assert_eq!(failures(&calls), 0);
            for place in 0..10 {
                let got = share(subnet.requests(place), subnet.all_requests());
                assert!(got <= 0.2, "seed {seed}, rate {rate}: {got} at {place}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn slow_miners_do_not_show_in_the_slowest_hundredth_of_calls() {
    for seed in SEEDS {
        for hedging in [None, Some(Hedging::default())] {
            let options = hedging.map_or_else(RouteOptions::default, |hedging| {
                RouteOptions::default().hedging(hedging)
            });
            let all_well = Subnet::new(seed, equals(10));
            let without = drive(&all_well, &all_well.router(), 100, seconds(30), &options).await;
            let mut miners = equals(7);
            miners.extend((0..3).map(|_| honest().slower_from(seconds(0), 10.0)));
            let some_slow = Subnet::new(seed, miners);
            let with = drive(&some_slow, &some_slow.router(), 100, seconds(30), &options).await;
            let (without, with) = (percentile(&without, 0.99), percentile(&with, 0.99));
            assert!(with <= without.mul_f64(1.5), "seed {seed}: {with:?} against {without:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn in_an_outage_of_all_retries_are_at_most_a_fifth() {
    // With few miners the breakers trip soon; with many, the budget alone limits retries.
    for (miners, most_attempts) in [(5, 300), (2_000, 7_000)] {
        let down = || honest().from(seconds(0), Conduct::Fails);
        let subnet = Subnet::new(5, (0..miners).map(|_| down()));
        let calls =
            drive(&subnet, &subnet.router(), 100, seconds(60), &RouteOptions::default()).await;
        assert_eq!(failures(&calls), calls.len());
        let begun: usize = calls.iter().map(|call| attempts(call).min(1)).sum();
        let attempts: usize = calls.iter().map(attempts).sum();
        assert_eq!(attempts as u64, subnet.all_requests());
        let extra = share((attempts - begun) as u64, calls.len() as u64);
        assert!(extra <= 0.2, "of {miners}: {extra}");
        assert!(attempts <= most_attempts, "of {miners}: {attempts}");
        let at_once = |error: &RouteError| matches!(error, RouteError::NoHealthyEndpoint { .. });
        let told = calls.iter().filter(|call| call.routed.as_ref().is_err_and(at_once)).count();
        assert!(miners > 5 || told > calls.len() * 9 / 10, "{told}");
    }
}

fn attempts(call: &crate::traffic::Call) -> usize {
    call.routed.as_ref().unwrap_err().attempts().len()
}

#[tokio::test(start_paused = true)]
async fn while_one_flaps_hardly_a_call_is_lost() {
    let mut miners = equals(4);
    miners.push(honest().flapping(seconds(3), seconds(2), Conduct::FailsFast));
    let subnet = Subnet::new(11, miners);
    let calls = drive(&subnet, &subnet.router(), 100, seconds(120), &RouteOptions::default()).await;
    assert_eq!(failures(&calls), 0);
    let retried = calls.iter().filter(|call| call.routed.as_ref().unwrap().attempts.len() > 1);
    let retried = share(retried.count() as u64, calls.len() as u64);
    assert!(retried < 0.03, "{retried}");
}

#[tokio::test(start_paused = true)]
async fn who_joins_others_begins_with_less_than_a_share() {
    let subnet = Subnet::new(2, equals(5));
    let router = subnet.router();
    let targets = subnet.targets();
    router.replace(targets[..4].to_vec());
    drive(&subnet, &router, 200, seconds(15), &once()).await;
    router.replace(targets);
    let before: u64 = subnet.all_requests();
    drive(&subnet, &router, 200, seconds(2), &once()).await;
    let early = share(subnet.requests(4), subnet.all_requests() - before);
    assert!(early < 0.15, "{early}");
    drive(&subnet, &router, 200, seconds(10), &once()).await;
    let (then, all_then) = (subnet.requests(4), subnet.all_requests());
    drive(&subnet, &router, 200, seconds(20), &once()).await;
    let late = share(subnet.requests(4) - then, subnet.all_requests() - all_then);
    assert!(late > 0.1, "{late}");
}

#[tokio::test(start_paused = true)]
async fn load_that_one_cannot_take_goes_to_the_others() {
    let mut miners = equals(3);
    miners.push(honest().capacity(1).stake(100_000));
    let subnet = Subnet::new(4, miners);
    let calls = drive(&subnet, &subnet.router(), 300, seconds(30), &RouteOptions::default()).await;
    assert_eq!(failures(&calls), 0);
    let refused = calls.iter().flat_map(|call| &call.routed.as_ref().unwrap().attempts);
    let refused = refused.filter(|attempt| attempt.outcome == OutcomeClass::Overloaded).count();
    assert!(share(refused as u64, calls.len() as u64) < 0.05, "{refused}");
}
