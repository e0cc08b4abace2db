//! Calls that must not be done twice.

use hetu_phloem::testkit::{Conduct, FakeMiner};
use hetu_phloem::{Hedging, OutcomeClass, RoundRobin, RouteError, RouteOptions, Routed};

use crate::traffic::{Double, Subnet, honest, milliseconds, seconds};

/// Calls `first`, and then a healthy miner if the call allows that.
async fn asked_first(
    first: FakeMiner<Double>,
    options: RouteOptions,
) -> (Result<Routed<u64>, RouteError>, u64) {
    let subnet = Subnet::new(1, [first, honest()]);
    let options = options.strategy(RoundRobin::default()).only_if_undone();
    let routed = subnet.router().route(&subnet.call(Double(4)), &options).await;
    (routed, subnet.requests(1))
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_no_other_miner_is_asked() {
    for conduct in
        [Conduct::Fails, Conduct::Hangs, Conduct::Lies, Conduct::IsOverloaded { retry_after: None }]
    {
        let options = RouteOptions::default().attempt_limit(seconds(1));
        let (routed, others) = asked_first(honest().from(seconds(0), conduct), options).await;
        let error = routed.unwrap_err();
        assert!(matches!(error, RouteError::Failed { .. }), "{conduct:?}: {error}");
        assert_eq!((error.attempts().len(), others), (1, 0), "{conduct:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_certainly_undone_another_miner_does() {
    for conduct in [Conduct::FailsFast, Conduct::Declines] {
        let first = honest().from(seconds(0), conduct);
        let (routed, others) = asked_first(first, RouteOptions::default()).await;
        let routed = routed.unwrap();
        assert_eq!((routed.answer.reply, routed.attempts.len(), others), (8, 2, 1), "{conduct:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_hedged_that_is_not_to_be_done_twice() {
    let slow = honest().latency(seconds(2), seconds(2));
    let options = RouteOptions::default().hedging(Hedging::after(0.95, milliseconds(100)));
    let (routed, others) = asked_first(slow, options).await;
    let routed = routed.unwrap();
    assert_eq!(routed.attempts[0].outcome, OutcomeClass::Success);
    assert_eq!((routed.attempts.len(), others), (1, 0));
}
