//! Loss of health and recovery.

use std::time::Duration;

use hetu_phloem::testkit::Conduct;
use hetu_phloem::{Exclusion, RouteError, RouteOptions, Router, SelectionMode};

use crate::traffic::{
    Double, Subnet, drive, equals, failures, honest, milliseconds, seconds, share,
};

fn exclusion(router: &Router, subnet: &Subnet, place: usize) -> Option<Exclusion> {
    let miner = subnet.targets()[place].address;
    let told = router.explain(&RouteOptions::default());
    told.candidates.into_iter().find(|report| report.miner == miner).unwrap().exclusion
}

#[tokio::test(start_paused = true)]
async fn who_was_down_has_its_share_again_within_half_a_minute() {
    for conduct in [Conduct::FailsFast, Conduct::Fails, Conduct::Hangs] {
        for outage in [seconds(5), seconds(60), seconds(180)] {
            let mut miners = equals(4);
            let well_again = seconds(10) + outage;
            miners.push(honest().from(seconds(10), conduct).from(well_again, Conduct::Answers));
            let subnet = Subnet::new(9, miners);
            let router = subnet.router();
            let watching = subnet.watch(&router, seconds(5));
            let options = RouteOptions::default().attempt_limit(seconds(1));
            drive(&subnet, &router, 50, well_again + seconds(20), &options).await;
            let (before, all_before) = (subnet.requests(4), subnet.all_requests());
            let calls = drive(&subnet, &router, 50, seconds(10), &options).await;
            assert_eq!(failures(&calls), 0);
            let got = share(subnet.requests(4) - before, subnet.all_requests() - all_before);
            assert!(got >= 0.1, "{conduct:?} for {outage:?}: {got}");
            drop(watching);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_slow_has_its_share_again_within_half_a_minute() {
    let mut miners = equals(4);
    miners.push(honest().slower_from(seconds(10), 20.0).slower_from(seconds(60), 1.0));
    let subnet = Subnet::new(9, miners);
    let router = subnet.router();
    let options = RouteOptions::default();
    drive(&subnet, &router, 100, seconds(40), &options).await;
    assert_eq!(exclusion(&router, &subnet, 4), Some(Exclusion::Slow));
    drive(&subnet, &router, 100, seconds(40), &options).await;
    let (before, all_before) = (subnet.requests(4), subnet.all_requests());
    drive(&subnet, &router, 100, seconds(10), &options).await;
    let got = share(subnet.requests(4) - before, subnet.all_requests() - all_before);
    assert!(got >= 0.1, "{got}");
}

#[tokio::test(start_paused = true)]
async fn without_probes_too_who_was_down_shortly_is_found_again() {
    let mut miners = equals(4);
    miners.push(honest().from(seconds(10), Conduct::FailsFast).from(seconds(20), Conduct::Answers));
    let subnet = Subnet::new(9, miners);
    let router = subnet.router();
    drive(&subnet, &router, 50, seconds(40), &RouteOptions::default()).await;
    let (before, all_before) = (subnet.requests(4), subnet.all_requests());
    drive(&subnet, &router, 50, seconds(10), &RouteOptions::default()).await;
    let got = share(subnet.requests(4) - before, subnet.all_requests() - all_before);
    assert!(got >= 0.1, "{got}");
}

#[tokio::test(start_paused = true)]
async fn nobody_healthy_is_told_at_once_and_until_when() {
    let subnet = Subnet::new(1, [honest().from(seconds(0), Conduct::FailsFast)]);
    let router = subnet.router();
    let options = RouteOptions::default().attempts(1);
    drive(&subnet, &router, 10, seconds(1), &options).await;
    let asked = subnet.all_requests();
    let error = router.route(&subnet.call(Double(1)), &options).await.unwrap_err();
    let RouteError::NoHealthyEndpoint { unavailable } = error else { panic!("{error}") };
    assert_eq!((unavailable.known, unavailable.tripped), (1, 1));
    assert!(unavailable.retry_after.unwrap() <= milliseconds(1_200));
    assert_eq!(subnet.all_requests(), asked);
    assert_eq!(router.explain(&options).mode, SelectionMode::NobodyHealthy);
    let nobody = Router::seeded(1);
    let error = nobody.route(&subnet.call(Double(1)), &options).await.unwrap_err();
    let RouteError::NoHealthyEndpoint { unavailable } = error else { panic!("{error}") };
    assert_eq!((unavailable.known, unavailable.retry_after), (0, None));
}

#[tokio::test(start_paused = true)]
async fn with_most_of_them_down_calls_reach_those_that_are_not() {
    let mut miners = equals(2);
    miners.extend((0..3).map(|_| honest().from(seconds(0), Conduct::FailsFast)));
    let subnet = Subnet::new(6, miners);
    let router = subnet.router();
    let options = RouteOptions::default().attempts(5);
    drive(&subnet, &router, 50, seconds(20), &options).await;
    assert_eq!(router.explain(&options).mode, SelectionMode::Panic);
    let calls = drive(&subnet, &router, 50, seconds(60), &options).await;
    assert_eq!(failures(&calls), 0);
}

/// Verifies S19: a suspended miner is skipped until the suspension ends.
#[tokio::test(start_paused = true)]
async fn who_asks_to_be_left_alone_is() {
    let wait = seconds(20);
    let busy = Conduct::IsOverloaded { retry_after: Some(wait) };
    let mut miners = equals(2);
    miners.push(honest().from(seconds(0), busy).from(milliseconds(1_500), Conduct::Answers));
    let subnet = Subnet::new(8, miners);
    let router = subnet.router();
    drive(&subnet, &router, 100, seconds(1), &RouteOptions::default()).await;
    let asked = subnet.requests(2);
    assert!(asked > 0);
    assert_eq!(exclusion(&router, &subnet, 2), Some(Exclusion::AskedToWait));
    drive(&subnet, &router, 100, seconds(18), &RouteOptions::default()).await;
    assert_eq!(subnet.requests(2), asked);
    drive(&subnet, &router, 100, seconds(10), &RouteOptions::default()).await;
    assert!(subnet.requests(2) > asked + 50);
}

#[tokio::test(start_paused = true)]
async fn who_is_not_the_registered_miner_is_asked_once_a_minute() {
    let mut miners = equals(4);
    miners.push(honest().from(seconds(0), Conduct::Lies));
    let subnet = Subnet::new(8, miners);
    let router = subnet.router();
    let _watching = subnet.watch(&router, seconds(5));
    // Calls that were in flight during the first lie are not counted.
    drive(&subnet, &router, 20, seconds(5), &RouteOptions::default()).await;
    let asked = subnet.requests(4);
    assert_eq!(exclusion(&router, &subnet, 4), Some(Exclusion::WrongIdentity));
    let calls = drive(&subnet, &router, 20, seconds(120), &RouteOptions::default()).await;
    assert_eq!(failures(&calls), 0);
    assert!(subnet.requests(4) - asked <= 2, "{}", subnet.requests(4) - asked);
}

#[tokio::test(start_paused = true)]
async fn who_was_never_asked_and_is_not_there_is_found_out_by_a_probe() {
    let mut miners = equals(2);
    miners.push(honest().from(seconds(0), Conduct::Fails).from(seconds(60), Conduct::Answers));
    let subnet = Subnet::new(8, miners);
    let router = subnet.router();
    let watching = subnet.watch(&router, seconds(5));
    tokio::time::sleep(seconds(6)).await;
    assert_eq!(exclusion(&router, &subnet, 2), Some(Exclusion::BreakerTripped));
    assert_eq!(exclusion(&router, &subnet, 0), None);
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(exclusion(&router, &subnet, 2), None);
    assert_eq!(subnet.all_requests(), 0);
    drop(watching);
}

/// Verifies S19: two minutes healthy, two seconds and then ten seconds of failures, two minutes
/// healthy again.
#[tokio::test(start_paused = true)]
async fn reputation_falls_within_seconds_and_is_made_up_for_within_minutes() {
    let miner = honest()
        .latency(milliseconds(1), milliseconds(1))
        .from(seconds(120), Conduct::FailsFast)
        .from(seconds(130), Conduct::Answers);
    let subnet = Subnet::new(1, [miner]);
    let (router, target) = (subnet.router(), subnet.targets()[0].clone());
    let call = subnet.call(Double(1));
    let ask_for = async |lasting: Duration| {
        let until = tokio::time::Instant::now() + lasting;
        while tokio::time::Instant::now() < until {
            let next = tokio::time::Instant::now() + milliseconds(50);
            router.ask(&call, &target, seconds(1)).await.ok();
            tokio::time::sleep_until(next).await;
        }
        f64::from(subnet.qualities().of(target.address).unwrap().reputation)
    };
    let healthy = ask_for(seconds(120)).await;
    let shaken = ask_for(seconds(2)).await;
    assert!(shaken < 0.8 * healthy, "{shaken} of {healthy}");
    let broken = ask_for(seconds(8)).await;
    assert!(broken < 0.1 * healthy, "{broken} of {healthy}");
    let healed = ask_for(seconds(120)).await;
    assert!(healed > 0.5 * healthy, "{healed} of {healthy}");
}

/// Verifies S19: a slow miner with recent samples is preferred to a fast one without samples since
/// yesterday.
#[tokio::test(start_paused = true)]
async fn who_was_fast_a_day_ago_loses_to_one_that_is_slow_and_known_now() {
    let takes = |time: u64| honest().latency(milliseconds(time), milliseconds(time));
    let subnet = Subnet::new(1, [takes(5), takes(300)]);
    let (targets, call) = (subnet.targets(), subnet.call(Double(1)));
    let ask = async |router: &Router, place: usize| {
        for _ in 0..100 {
            router.ask(&call, &targets[place], seconds(1)).await.unwrap();
        }
    };
    let before = subnet.router();
    ask(&before, 0).await;
    tokio::time::advance(seconds(86_400)).await;
    ask(&before, 1).await;
    // This process continues, and another one starts from the stored statistics.
    for router in [before, subnet.router()] {
        let slow = (0..1_000).filter(|_| {
            let pick = router.pick(&RouteOptions::default()).unwrap();
            pick.target().address == targets[1].address
        });
        let slow = slow.count();
        assert!(slow > 550, "{slow} of 1,000 went to the one that is known");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_miner_stays_unless_it_moves() {
    let subnet = Subnet::new(1, equals(2));
    let router = subnet.router();
    drive(&subnet, &router, 50, seconds(5), &RouteOptions::default()).await;
    let targets = subnet.targets();
    let outcomes = |router: &Router| {
        let told = router.explain(&RouteOptions::default()).candidates;
        let of = |place: usize| {
            let report = told.iter().find(|report| report.miner == targets[place].address);
            report.unwrap().outcomes.get("success").copied().unwrap_or(0)
        };
        [of(0), of(1)]
    };
    let [first, second] = outcomes(&router);
    assert!(first > 0 && second > 0);
    let mut moved = targets.clone();
    moved[1].endpoint = "http://10.9.9.9:1".to_owned().try_into().unwrap();
    router.replace(moved);
    assert_eq!(outcomes(&router), [first, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_dropped_looks_no_more() {
    let subnet = Subnet::new(8, [honest(), honest().from(seconds(0), Conduct::Fails)]);
    let router = subnet.router();
    drop(subnet.watch(&router, seconds(5)));
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(exclusion(&router, &subnet, 1), None);
}
