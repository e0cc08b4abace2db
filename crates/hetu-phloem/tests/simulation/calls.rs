//! Retries and hedges of single calls.

use std::time::Duration;

use hetu_chain::Retryable;
use hetu_phloem::testkit::Conduct;
use hetu_phloem::{
    Answer, Attempt, AttemptKind, Hedging, OutcomeClass, QueryError, RoundRobin, RouteError,
    RouteOptions, Router, Target,
};
use tokio::time::{Instant, timeout};

use crate::traffic::{Double, Subnet, drive, equals, honest, milliseconds, seconds};

fn outcomes(attempts: &[hetu_phloem::AttemptRecord]) -> Vec<OutcomeClass> {
    attempts.iter().map(|attempt| attempt.outcome).collect()
}

/// Tries the miners in their order, so that the first one is known.
fn in_order() -> RouteOptions {
    RouteOptions::default().strategy(RoundRobin::default())
}

#[tokio::test(start_paused = true)]
async fn what_one_fails_another_is_asked() {
    for conduct in [Conduct::Fails, Conduct::Lies, Conduct::Declines, Conduct::FailsFast] {
        let subnet = Subnet::new(1, [honest().from(seconds(0), conduct), honest()]);
        let routed = subnet.router().route(&subnet.call(Double(4)), &in_order()).await.unwrap();
        assert_eq!(routed.answer.reply, 8);
        assert_eq!(routed.answer.miner, subnet.targets()[1].address);
        let kinds: Vec<_> = routed.attempts.iter().map(|attempt| attempt.kind).collect();
        assert_eq!(kinds, [AttemptKind::First, AttemptKind::Retry], "{conduct:?}");
        assert_eq!(routed.attempts[1].outcome, OutcomeClass::Success);
        assert!(routed.attempts[0].error.is_some());
        assert_ne!(routed.attempts[0].miner, routed.attempts[1].miner);
    }
}

#[tokio::test(start_paused = true)]
async fn a_signed_refusal_of_the_call_ends_it() {
    let subnet = Subnet::new(1, [honest().from(seconds(0), Conduct::Refuses), honest()]);
    let error = subnet.router().route(&subnet.call(Double(4)), &in_order()).await.unwrap_err();
    let RouteError::Failed { error: cause, attempts } = &error else { panic!("{error}") };
    assert!(matches!(**cause, QueryError::Refused { .. }));
    assert_eq!(outcomes(attempts), [OutcomeClass::Refused]);
    assert!(!error.retryability().is_retryable());
    assert_eq!(subnet.requests(1), 0);
}

#[tokio::test(start_paused = true)]
async fn no_more_are_asked_than_the_call_allows() {
    let down = || honest().from(seconds(0), Conduct::FailsFast);
    for allowed in [1, 2, 4] {
        let subnet = Subnet::new(1, (0..6).map(|_| down()));
        let options = in_order().attempts(allowed);
        let error = subnet.router().route(&subnet.call(Double(4)), &options).await.unwrap_err();
        assert_eq!(error.attempts().len(), allowed);
        let mut asked: Vec<_> = error.attempts().iter().map(|attempt| attempt.miner).collect();
        asked.dedup();
        assert_eq!(asked.len(), allowed);
    }
}

/// Verifies S16: a signed 403 is never retried at the same miner.
#[tokio::test(start_paused = true)]
async fn who_declines_is_not_asked_again_though_nobody_else_is_left() {
    let subnet = Subnet::new(1, [honest().from(seconds(0), Conduct::Declines)]);
    let error = subnet.router().route(&subnet.call(Double(4)), &in_order()).await.unwrap_err();
    assert_eq!(outcomes(error.attempts()), [OutcomeClass::Declined]);
    let subnet = Subnet::new(
        1,
        [honest().from(seconds(0), Conduct::FailsFast).from(milliseconds(1), Conduct::Answers)],
    );
    let routed = subnet.router().route(&subnet.call(Double(4)), &in_order()).await.unwrap();
    assert_eq!(outcomes(&routed.attempts), [OutcomeClass::Failed, OutcomeClass::Success]);
}

#[tokio::test(start_paused = true)]
async fn the_only_miner_is_waited_for_if_it_says_how_long_and_there_is_time() {
    let busy = Conduct::IsOverloaded { retry_after: Some(seconds(2)) };
    let miner = || honest().from(seconds(0), busy).from(seconds(2), Conduct::Answers);
    let subnet = Subnet::new(1, [miner()]);
    let started = Instant::now();
    let routed = subnet.router().route(&subnet.call(Double(4)), &in_order()).await.unwrap();
    assert_eq!(outcomes(&routed.attempts), [OutcomeClass::Overloaded, OutcomeClass::Success]);
    assert!(started.elapsed() >= seconds(2));
    let subnet = Subnet::new(1, [miner()]);
    let options = in_order().deadline(seconds(1));
    let started = Instant::now();
    let error = subnet.router().route(&subnet.call(Double(4)), &options).await.unwrap_err();
    assert_eq!(outcomes(error.attempts()), [OutcomeClass::Overloaded]);
    assert!(started.elapsed() < milliseconds(100));
}

#[tokio::test(start_paused = true)]
async fn a_miner_that_hangs_costs_one_attempt_and_not_the_call() {
    let subnet = Subnet::new(1, [honest().from(seconds(0), Conduct::Hangs), honest()]);
    let options = in_order().deadline(seconds(3));
    let routed = subnet.router().route(&subnet.call(Double(4)), &options).await.unwrap();
    assert_eq!(outcomes(&routed.attempts), [OutcomeClass::TimedOut, OutcomeClass::Success]);
    assert!((seconds(1)..milliseconds(1_100)).contains(&routed.took), "{:?}", routed.took);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_call_and_blames_nobody_for_time_it_did_not_get() {
    let subnet = Subnet::new(1, [honest().from(seconds(0), Conduct::Hangs)]);
    let router = subnet.router();
    let options = RouteOptions::default().deadline(seconds(1)).attempt_limit(seconds(5));
    let started = Instant::now();
    let error = router.route(&subnet.call(Double(4)), &options).await.unwrap_err();
    assert!(matches!(error, RouteError::DeadlineExceeded { .. }), "{error}");
    assert_eq!(started.elapsed(), seconds(1));
    let told = router.explain(&options).candidates;
    assert_eq!(told[0].outcomes.get("cancelled"), Some(&1));
    assert_eq!(told[0].in_flight, 0);
    assert!(told[0].latency_seconds.unwrap() >= 1.0);
}

#[tokio::test(start_paused = true)]
async fn who_got_all_but_a_moment_of_its_time_is_blamed() {
    let hanging = || honest().from(seconds(0), Conduct::Hangs);
    let subnet = Subnet::new(1, (0..3).map(|_| hanging()));
    let router = subnet.router();
    // The third attempt has the rest of the deadline: a little less than a third, since the call
    // waited before it.
    let options = RouteOptions::default().deadline(seconds(3));
    let error = router.route(&subnet.call(Double(4)), &options).await.unwrap_err();
    assert_eq!(outcomes(error.attempts()), [OutcomeClass::TimedOut; 3]);
}

/// A strategy that takes a millisecond longer than allowed, as a timer does.
struct Late;

impl Attempt for Late {
    type Reply = u64;

    async fn attempt(&self, _: &Target, limit: Duration) -> Result<Answer<u64>, QueryError> {
        tokio::time::sleep(limit + milliseconds(1)).await;
        Err(QueryError::TimedOut { limit })
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_ends_with_the_call_is_no_attempt_that_was_given_up() {
    let router = Router::seeded(1);
    router.replace(Subnet::new(1, equals(1)).targets());
    let options = RouteOptions::default().deadline(seconds(1)).attempt_limit(seconds(1));
    let error = router.route(&Late, &options).await.unwrap_err();
    assert!(matches!(error, RouteError::DeadlineExceeded { .. }), "{error}");
    assert_eq!(outcomes(error.attempts()), [OutcomeClass::TimedOut]);
    assert_eq!(router.explain(&options).candidates[0].outcomes.get("timed_out"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn a_hedge_asks_another_and_the_first_success_counts() {
    let slow = honest().latency(seconds(2), seconds(2));
    let subnet = Subnet::new(1, [slow, honest()]);
    let router = subnet.router();
    let options = in_order().hedging(Hedging::after(0.95, milliseconds(100)));
    let routed = router.route(&subnet.call(Double(4)), &options).await.unwrap();
    assert_eq!(routed.answer.miner, subnet.targets()[1].address);
    assert_eq!(outcomes(&routed.attempts), [OutcomeClass::Cancelled, OutcomeClass::Success]);
    assert_eq!(routed.attempts[1].kind, AttemptKind::Hedge);
    assert!(routed.took < milliseconds(150), "{:?}", routed.took);
    // A miner is recorded as slow even if its reply was not awaited.
    let told = router.explain(&options).candidates;
    let slow = told.iter().find(|report| report.miner == subnet.targets()[0].address).unwrap();
    assert!(slow.latency_seconds.unwrap() >= 0.1);
    assert_eq!(slow.in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_hedge_that_fails_fast_does_not_win() {
    let subnet = Subnet::new(
        1,
        [
            honest().latency(milliseconds(300), milliseconds(300)),
            honest().from(seconds(0), Conduct::FailsFast),
        ],
    );
    let options = in_order().attempts(2).hedging(Hedging::after(0.95, milliseconds(50)));
    let routed = subnet.router().route(&subnet.call(Double(4)), &options).await.unwrap();
    assert_eq!(outcomes(&routed.attempts), [OutcomeClass::Success, OutcomeClass::Failed]);
}

#[tokio::test(start_paused = true)]
async fn hedges_are_a_fifth_of_the_traffic_at_most() {
    // Each call takes longer than the delay, so each would be hedged.
    let subnet = Subnet::new(1, equals(10));
    let router = subnet.router();
    let eager = Hedging::after(0.0, milliseconds(1));
    let options = RouteOptions::default().hedging(eager);
    let calls = drive(&subnet, &router, 100, seconds(60), &options).await;
    let extra = subnet.all_requests() - calls.len() as u64;
    assert!(extra > 0 && extra as f64 <= calls.len() as f64 * 0.2 + 20.0, "{extra}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_nothing_under_way() {
    let subnet = Subnet::new(1, equals(3));
    let router = subnet.router();
    let call = subnet.call(Double(4));
    let options = RouteOptions::default();
    timeout(milliseconds(5), router.route(&call, &options)).await.unwrap_err();
    let told = router.explain(&options).candidates;
    assert_eq!(told.iter().map(|report| report.in_flight).sum::<u32>(), 0);
    // The dropped call records no latency.
    assert!(told.iter().all(|report| report.latency_seconds.is_none()));
    let cancelled: u64 = told.iter().filter_map(|report| report.outcomes.get("cancelled")).sum();
    assert_eq!(cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_run() {
    let run = async |seed| {
        let mut miners = equals(6);
        miners.push(honest().flapping(seconds(2), seconds(1), Conduct::Fails));
        let subnet = Subnet::new(seed, miners);
        let options = RouteOptions::default().hedging(Hedging::default());
        let calls = drive(&subnet, &subnet.router(), 100, seconds(10), &options).await;
        let told = |call: &crate::traffic::Call| (call.began, call.took, call.routed.is_ok());
        (
            calls.iter().map(told).collect::<Vec<_>>(),
            (0..7).map(|place| subnet.requests(place)).collect::<Vec<_>>(),
        )
    };
    assert_eq!(run(5).await, run(5).await);
    assert_ne!(run(5).await, run(6).await);
}

#[tokio::test(start_paused = true)]
async fn times_without_end_and_of_nothing_are_taken() {
    let subnet = Subnet::new(1, equals(2));
    let (router, call) = (subnet.router(), subnet.call(Double(4)));
    let endless = RouteOptions::default()
        .deadline(std::time::Duration::MAX)
        .attempt_limit(std::time::Duration::MAX)
        .hedging(Hedging::after(f64::NAN, std::time::Duration::MAX));
    assert_eq!(router.route(&call, &endless).await.unwrap().answer.reply, 8);
    let nothing = RouteOptions::default().deadline(seconds(0)).attempts(0);
    let error = router.route(&call, &nothing).await.unwrap_err();
    assert!(matches!(error, RouteError::DeadlineExceeded { .. }), "{error}");
}
