//! Calls to many miners at once.

use hetu_phloem::testkit::Conduct;
use hetu_phloem::{BroadcastOptions, BroadcastUntil, OutcomeClass, QueryError};
use tokio::time::Instant;

use crate::traffic::{Double, Subnet, equals, honest, milliseconds, seconds};

fn classes(outcomes: &[Result<hetu_phloem::Answer<u64>, QueryError>]) -> Vec<OutcomeClass> {
    let class = |outcome: &Result<_, QueryError>| match outcome {
        Ok(_) => OutcomeClass::Success,
        Err(error) => error.class(),
    };
    outcomes.iter().map(class).collect()
}

/// Verifies S11: ten targets have ten outcomes in their order, and failures of different kinds are
/// distinguishable.
#[tokio::test(start_paused = true)]
async fn ten_targets_have_ten_outcomes_in_their_order_and_each_says_what_happened() {
    let conducts = [
        Conduct::Answers,
        Conduct::Hangs,
        Conduct::Fails,
        Conduct::Lies,
        Conduct::Refuses,
        Conduct::Declines,
        Conduct::IsOverloaded { retry_after: Some(seconds(1)) },
        Conduct::Answers,
        Conduct::FailsFast,
        Conduct::Answers,
    ];
    let subnet = Subnet::new(1, conducts.map(|conduct| honest().from(seconds(0), conduct)));
    let (router, targets) = (subnet.router(), subnet.targets());
    let options = BroadcastOptions::default().target_deadline(seconds(1));
    let told = router.broadcast(&subnet.call(Double(4)), &targets, &options).await;
    let expected = [
        OutcomeClass::Success,
        OutcomeClass::TimedOut,
        OutcomeClass::Failed,
        OutcomeClass::WrongIdentity,
        OutcomeClass::Refused,
        OutcomeClass::Declined,
        OutcomeClass::Overloaded,
        OutcomeClass::Success,
        OutcomeClass::Failed,
        OutcomeClass::Success,
    ];
    assert_eq!(classes(&told.outcomes), expected);
    assert_eq!((told.answered, told.is_reached), (3, false));
    for (answer, target) in told.answers().zip([0, 7, 9].map(|place| &targets[place])) {
        assert_eq!(answer.miner, target.address);
    }
    // The call outcome is known when the next call is routed.
    let reports = router.explain(&hetu_phloem::RouteOptions::default()).candidates;
    assert_eq!(reports.iter().filter(|report| report.outcomes.contains_key("success")).count(), 3);
}

#[tokio::test(start_paused = true)]
async fn no_more_are_under_way_than_is_said() {
    let steady = || honest().latency(milliseconds(100), milliseconds(100));
    let subnet = Subnet::new(1, (0..10).map(|_| steady()));
    let options = BroadcastOptions::default().concurrency(2);
    let started = Instant::now();
    let call = subnet.call(Double(4));
    let told = subnet.router().broadcast(&call, &subnet.targets(), &options).await;
    assert!(told.is_reached);
    assert!(started.elapsed() >= milliseconds(500), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_first_few_are_enough_and_the_others_are_not_waited_for() {
    let takes = |time: u64| honest().latency(milliseconds(time), milliseconds(time));
    let subnet = Subnet::new(1, [takes(500), takes(10), takes(400), takes(20)]);
    let options = BroadcastOptions::default().until(BroadcastUntil::First(2));
    let started = Instant::now();
    let call = subnet.call(Double(4));
    let told = subnet.router().broadcast(&call, &subnet.targets(), &options).await;
    let (success, cancelled) = (OutcomeClass::Success, OutcomeClass::Cancelled);
    assert_eq!(classes(&told.outcomes), [cancelled, success, cancelled, success]);
    assert!(told.is_reached && started.elapsed() < milliseconds(100));
}

#[tokio::test(start_paused = true)]
async fn a_quorum_that_cannot_be_reached_is_given_up() {
    let slow = || honest().latency(seconds(1), seconds(1));
    let down = || honest().from(seconds(0), Conduct::FailsFast);
    let subnet = Subnet::new(1, [slow(), down(), slow(), down(), slow()]);
    let (call, targets) = (subnet.call(Double(4)), subnet.targets());
    let quorum = |count| BroadcastOptions::default().until(BroadcastUntil::Quorum(count));
    let started = Instant::now();
    let told = subnet.router().broadcast(&call, &targets, &quorum(4)).await;
    assert!(!told.is_reached && told.answered == 0);
    assert!(started.elapsed() < milliseconds(100));
    let told = subnet.router().broadcast(&call, &targets, &quorum(3)).await;
    assert!(told.is_reached && told.answered == 3);
    let too_many = subnet.router().broadcast(&call, &targets, &quorum(9)).await;
    assert!(!too_many.is_reached);
}

/// Verifies S19: at the deadline the outcomes received so far are returned.
#[tokio::test(start_paused = true)]
async fn at_the_deadline_what_there_is_is_told() {
    let takes = |time: u64| honest().latency(milliseconds(time), milliseconds(time));
    let subnet = Subnet::new(1, [takes(100), takes(5_000), takes(200)]);
    let options = BroadcastOptions::default().deadline(seconds(1));
    let started = Instant::now();
    let call = subnet.call(Double(4));
    let told = subnet.router().broadcast(&call, &subnet.targets(), &options).await;
    assert_eq!(started.elapsed(), seconds(1));
    assert_eq!(told.answered, 2);
    assert!(matches!(told.outcomes[1], Err(QueryError::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_a_broadcast_too_and_a_thousand_are() {
    let subnet = Subnet::new(1, equals(1_000));
    let call = subnet.call(Double(4));
    let none = subnet.router().broadcast(&call, &[], &BroadcastOptions::default()).await;
    assert!(none.outcomes.is_empty() && none.is_reached);
    let options = BroadcastOptions::default();
    let all = subnet.router().broadcast(&call, &subnet.targets(), &options).await;
    assert_eq!(all.answered, 1_000);
}
