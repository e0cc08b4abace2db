//! Tests of the queue with a paused clock.

use std::net::IpAddr;
use std::time::Duration;

use proptest::prelude::*;
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::advance;

use super::*;

fn caller(number: u8) -> RateKey {
    RateKey::remote(IpAddr::from([192, 0, 2, number]))
}

fn queue(at_once: usize, per_caller: usize, waiting: usize) -> WorkQueue {
    let queue = WorkQueue::new(QueueMetrics::default());
    let limits = WorkLimits::default().with_at_once(at_once).with_at_once_per_caller(per_caller);
    queue.bound(limits.with_queue(waiting));
    queue
}

async fn enter(
    queue: &WorkQueue,
    caller: RateKey,
    urgency: Urgency,
) -> Result<WorkSlot, QueueRefusal> {
    queue.join(caller, || urgency)?.slot().await
}

fn points(points: u8) -> Urgency {
    Urgency::of_points(points.into())
}

/// Starts a call in its own task, and lets it run until it waits.
async fn waiting(
    queue: &WorkQueue,
    number: u8,
    urgency: Urgency,
) -> JoinHandle<Result<WorkSlot, QueueRefusal>> {
    let queue = queue.clone();
    let task = tokio::spawn(async move { enter(&queue, caller(number), urgency).await });
    yield_now().await;
    task
}

fn counts(queue: &WorkQueue) -> (usize, usize, usize) {
    let state = queue.lock();
    (state.at_work, state.line.len(), state.callers.len())
}

#[tokio::test(start_paused = true)]
async fn calls_work_at_once_up_to_the_bound_and_then_in_turn() {
    let queue = queue(2, 9, 9);
    let first = enter(&queue, caller(1), points(0)).await.unwrap();
    let _second = enter(&queue, caller(2), points(0)).await.unwrap();
    let low = waiting(&queue, 3, points(0)).await;
    let high = waiting(&queue, 4, points(9)).await;
    assert_eq!(counts(&queue), (2, 2, 4));
    drop(first);
    let high = high.await.unwrap().unwrap();
    assert!(!low.is_finished());
    drop(high);
    let low = low.await.unwrap().unwrap();
    assert_eq!(counts(&queue), (2, 0, 2));
    drop(low);
    assert_eq!(counts(&queue), (1, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn waiting_makes_a_call_more_urgent() {
    let queue = queue(1, 9, 9);
    let working = enter(&queue, caller(1), points(0)).await.unwrap();
    let patient = waiting(&queue, 2, points(0)).await;
    advance(Duration::from_secs(10)).await;
    let urgent = waiting(&queue, 3, points(9)).await;
    drop(working);
    let slot = patient.await.unwrap().unwrap();
    assert!(!urgent.is_finished());
    drop(slot);
    assert!(urgent.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_room_the_least_urgent_is_turned_away() {
    let queue = queue(1, 9, 2);
    let working = enter(&queue, caller(1), points(0)).await.unwrap();
    let low = waiting(&queue, 2, points(1)).await;
    let middle = waiting(&queue, 3, points(2)).await;
    let lower = enter(&queue, caller(4), points(0)).await;
    assert_eq!(lower.unwrap_err(), QueueRefusal::NoRoom);
    let high = waiting(&queue, 5, points(3)).await;
    assert_eq!(low.await.unwrap().unwrap_err(), QueueRefusal::NoRoom);
    assert_eq!(counts(&queue), (1, 2, 3));
    drop(working);
    drop(high.await.unwrap().unwrap());
    drop(middle.await.unwrap().unwrap());
    assert_eq!(counts(&queue), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_caller_has_so_many_calls_under_way_waiting_ones_included() {
    let queue = queue(1, 2, 9);
    let working = enter(&queue, caller(1), points(0)).await.unwrap();
    let second = waiting(&queue, 1, points(0)).await;
    let third = enter(&queue, caller(1), points(9)).await;
    assert_eq!(third.unwrap_err(), QueueRefusal::CallerIsBusy);
    let other = waiting(&queue, 2, points(0)).await;
    drop(working);
    let second = second.await.unwrap().unwrap();
    let third = waiting(&queue, 1, points(0)).await;
    drop(second);
    drop(other.await.unwrap().unwrap());
    drop(third.await.unwrap().unwrap());
    assert_eq!(counts(&queue), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_leaves_the_line_and_its_turn_to_the_next() {
    let queue = queue(1, 9, 9);
    let working = enter(&queue, caller(1), points(0)).await.unwrap();
    let gone = waiting(&queue, 2, points(9)).await;
    let next = waiting(&queue, 3, points(0)).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert_eq!(counts(&queue), (1, 1, 2));
    drop(working);
    assert!(next.await.unwrap().is_ok());

    // A call is dropped after it received a slot and before it noticed.
    let working = enter(&queue, caller(1), points(0)).await.unwrap();
    let mut called = Box::pin(enter(&queue, caller(2), points(9)));
    assert!(futures_util::poll!(&mut called).is_pending());
    let next = waiting(&queue, 3, points(0)).await;
    drop(working);
    drop(called);
    assert!(next.await.unwrap().is_ok());
    assert_eq!(counts(&queue), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn bounds_change_while_calls_wait() {
    let queue = queue(1, 9, 9);
    let working = enter(&queue, caller(1), points(0)).await.unwrap();
    let (second, third) =
        (waiting(&queue, 2, points(0)).await, waiting(&queue, 3, points(0)).await);
    queue.bound(WorkLimits::default().with_at_once(2));
    let second = second.await.unwrap().unwrap();
    assert!(!third.is_finished());
    queue.bound(WorkLimits::default().with_at_once(1));
    drop(working);
    yield_now().await;
    assert!(!third.is_finished());
    drop(second);
    assert!(third.await.unwrap().is_ok());
}

#[derive(Clone, Debug)]
enum Step {
    Enter {
        caller: u8,
        points: u8,
    },
    /// The end of a running or waiting call.
    End {
        which: prop::sample::Index,
    },
    Bound {
        at_once: usize,
        per_caller: usize,
        queue: usize,
    },
    Pass {
        milliseconds: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..4_u8, 0..40_u8).prop_map(|(caller, points)| Step::Enter { caller, points }),
        5 => any::<prop::sample::Index>().prop_map(|which| Step::End { which }),
        1 => (0..4_usize, 0..5_usize, 0..6_usize)
            .prop_map(|(at_once, per_caller, queue)| Step::Bound { at_once, per_caller, queue }),
        1 => (0..30_000_u64).prop_map(|milliseconds| Step::Pass { milliseconds }),
    ];
    proptest::collection::vec(step, 1..80)
}

/// Checks the invariants for any behaviour of callers: no slot stays free while a call waits, each
/// call is counted exactly once and only while it exists, and each call runs, waits or is refused.
async fn walk(steps: Vec<Step>) {
    let queue = queue(2, 3, 4);
    let mut calls = Vec::new();
    for step in steps {
        match step {
            Step::Enter { caller, points: urgency } => {
                calls.push(waiting(&queue, caller, points(urgency)).await);
            }
            Step::End { which } if !calls.is_empty() => {
                let call = calls.swap_remove(which.index(calls.len()));
                // A waiting call leaves the queue; a running call returns its slot.
                call.abort();
                drop(call.await);
            }
            Step::End { .. } => {}
            Step::Bound { at_once, per_caller, queue: waiting } => {
                let limits = WorkLimits::default().with_at_once(at_once);
                queue.bound(limits.with_at_once_per_caller(per_caller).with_queue(waiting));
            }
            Step::Pass { milliseconds } => advance(Duration::from_millis(milliseconds)).await,
        }
        yield_now().await;
        let state = queue.lock();
        let (at_work, in_line) = (state.at_work, state.line.len());
        assert!(in_line == 0 || !state.has_room(), "room for one of {in_line}");
        assert_eq!(state.callers.values().sum::<usize>(), at_work + in_line);
        assert!(state.callers.values().all(|calls| *calls > 0));
        let unfinished = calls.iter().filter(|call| !call.is_finished()).count();
        assert_eq!(unfinished, in_line);
    }
    for call in calls {
        call.abort();
        drop(call.await);
    }
    yield_now().await;
    assert_eq!(counts(&queue), (0, 0, 0));
}

proptest! {
    #[test]
    fn room_is_used_and_given_back_whatever_callers_do(steps in steps()) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(walk(steps));
    }
}
