//! The queue, with a clock that stands still.

use std::net::IpAddr;
use std::time::Duration;

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

fn points(points: u8) -> Urgency {
    Urgency::of_points(points.into())
}

/// A call that waits in a task of its own, and has got as far as it can.
async fn waiting(
    queue: &WorkQueue,
    number: u8,
    urgency: Urgency,
) -> JoinHandle<Result<Slot, TurnedAway>> {
    let queue = queue.clone();
    let task = tokio::spawn(async move { queue.enter(caller(number), urgency).await });
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
    let first = queue.enter(caller(1), points(0)).await.unwrap();
    let _second = queue.enter(caller(2), points(0)).await.unwrap();
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
    let working = queue.enter(caller(1), points(0)).await.unwrap();
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
    let working = queue.enter(caller(1), points(0)).await.unwrap();
    let low = waiting(&queue, 2, points(1)).await;
    let middle = waiting(&queue, 3, points(2)).await;
    let lower = queue.enter(caller(4), points(0)).await;
    assert_eq!(lower.unwrap_err(), TurnedAway::NoRoom);
    let high = waiting(&queue, 5, points(3)).await;
    assert_eq!(low.await.unwrap().unwrap_err(), TurnedAway::NoRoom);
    assert_eq!(counts(&queue), (1, 2, 3));
    drop(working);
    drop(high.await.unwrap().unwrap());
    drop(middle.await.unwrap().unwrap());
    assert_eq!(counts(&queue), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_caller_has_so_many_calls_under_way_waiting_ones_included() {
    let queue = queue(1, 2, 9);
    let working = queue.enter(caller(1), points(0)).await.unwrap();
    let second = waiting(&queue, 1, points(0)).await;
    let third = queue.enter(caller(1), points(9)).await;
    assert_eq!(third.unwrap_err(), TurnedAway::CallerIsBusy);
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
    let working = queue.enter(caller(1), points(0)).await.unwrap();
    let gone = waiting(&queue, 2, points(9)).await;
    let next = waiting(&queue, 3, points(0)).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert_eq!(counts(&queue), (1, 1, 2));
    drop(working);
    assert!(next.await.unwrap().is_ok());

    // One that is called and goes away before it learns of it.
    let working = queue.enter(caller(1), points(0)).await.unwrap();
    let mut called = Box::pin(queue.enter(caller(2), points(9)));
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
    let working = queue.enter(caller(1), points(0)).await.unwrap();
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
