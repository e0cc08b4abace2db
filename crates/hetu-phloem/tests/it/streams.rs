//! Replies that arrive item by item.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use hetu_cambium::{Reason, StreamLimits, StreamRefusal};
use hetu_phloem::{
    ConnectionLimits, Phloem, PhloemBuilder, ProofPolicy, QueryError, RouteOptions, Target,
};
use hetu_xylem::{HandlerError, ItemSender};

use crate::foreign::{Count, End, Foreign, Setup};
use crate::scene::{QUESTION, Scene, Sum};

async fn miner(scene: &Scene) -> (Foreign, Target) {
    let foreign = Foreign::start(scene, Setup::of(2)).await;
    let target = scene.registered_at(2, foreign.address.port()).await;
    (foreign, target)
}

async fn builder(scene: &Scene) -> PhloemBuilder {
    scene.builder_as(1).await.proof_policy(ProofPolicy::FirstReply)
}

/// Returns the items received, and the error, or `None` if the stream ended normally.
async fn read(phloem: &Phloem, target: &Target, call: Count) -> (Vec<u64>, Option<QueryError>) {
    let mut stream = phloem.stream(target, call).await.unwrap();
    assert_eq!(stream.miner(), target.address);
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => {
                assert!(stream.next().await.is_none(), "the first error is the end");
                return (items, Some(error));
            }
        }
    }
    (items, None)
}

#[tokio::test]
async fn items_come_in_order_and_an_empty_stream_is_one_too() {
    let scene = Scene::open().await;
    let (_foreign, target) = miner(&scene).await;
    let phloem = builder(&scene).await.start().await.unwrap();
    for to in [10, 0, 1_000] {
        let (items, error) = read(&phloem, &target, Count { to, end: End::Complete }).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(items, (0..to).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn errors_in_the_middle_are_typed_and_come_after_what_was_delivered() {
    let scene = Scene::open().await;
    let (_foreign, target) = miner(&scene).await;
    let phloem = builder(&scene).await.start().await.unwrap();

    let (items, error) = read(&phloem, &target, Count { to: 3, end: End::Problem }).await;
    assert_eq!(items, [0, 1, 2]);
    let Some(QueryError::StreamEnded { problem }) = error else { panic!("{error:?}") };
    assert_eq!(problem.reason(), Some(Reason::Overloaded));

    let (items, error) = read(&phloem, &target, Count { to: 3, end: End::Break }).await;
    assert_eq!(items, [0, 1, 2]);
    let truncated = Some(StreamRefusal::Truncated);
    assert!(
        matches!(&error, Some(QueryError::UntrustedStream(refusal)) if Some(refusal) == truncated.as_ref()),
        "{error:?}"
    );

    let (items, error) = read(&phloem, &target, Count { to: 3, end: End::Lie }).await;
    assert_eq!(items, [0, 7, 2], "what was changed is found out at the end");
    assert!(matches!(error, Some(QueryError::UntrustedStream(StreamRefusal::BadEnd))), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_over_at_the_deadline() {
    let scene = Scene::open().await;
    let (mut foreign, target) = miner(&scene).await;
    let limit = Duration::from_millis(300);
    let phloem = builder(&scene).await.stream_deadline(limit).start().await.unwrap();
    phloem.prove(&target).await.unwrap();
    let (items, error) = read(&phloem, &target, Count { to: 2, end: End::Silence }).await;
    assert_eq!(items, [0, 1]);
    assert!(matches!(error, Some(QueryError::TimedOut { limit: told }) if told == limit));
    assert_eq!(foreign.gone.recv().await, Some(2), "the miner was let go");
}

#[tokio::test]
async fn dropping_a_stream_frees_the_miner_which_serves_the_next_one() {
    let scene = Scene::open().await;
    let (mut foreign, target) = miner(&scene).await;
    let phloem = builder(&scene).await.start().await.unwrap();
    let endless = Count { to: u64::MAX, end: End::Complete };
    let mut stream = phloem.stream(&target, endless).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), 0);
    drop(stream);
    let sent = foreign.gone.recv().await.unwrap();
    assert!(sent < 10_000_000, "{sent} numbers were sent to nobody");
    let (items, error) = read(&phloem, &target, Count { to: 1, end: End::Complete }).await;
    assert!(error.is_none() && items == [0]);
}

#[tokio::test]
async fn a_slow_reader_slows_the_miner_down() {
    let scene = Scene::open().await;
    let (mut foreign, target) = miner(&scene).await;
    let limits = StreamLimits::default().with_events(u64::MAX);
    let builder = builder(&scene).await.stream_limits(limits);
    let phloem = builder.stream_deadline(Duration::from_millis(700)).start().await.unwrap();
    phloem.prove(&target).await.unwrap();
    let endless = Count { to: u64::MAX, end: End::Complete };
    let mut stream = phloem.stream(&target, endless).await.unwrap();
    stream.next().await.unwrap().unwrap();
    // The client does not read, so the miner fills the buffers of the connection and then stops.
    let blocked = tokio::time::timeout(Duration::from_millis(500), foreign.gone.recv()).await;
    assert!(blocked.is_err());
    drop(stream);
    let sent = foreign.gone.recv().await.unwrap();
    // An event takes about 40 bytes; buffers of sockets grow to a few megabytes.
    assert!(sent < 1_000_000, "{sent} numbers were sent though nobody read");
}

#[tokio::test]
async fn more_than_the_limits_of_a_stream_is_not_read() {
    let scene = Scene::open().await;
    let (_foreign, target) = miner(&scene).await;
    let limits = StreamLimits::default().with_events(5);
    let phloem = builder(&scene).await.stream_limits(limits).start().await.unwrap();
    let (items, error) = read(&phloem, &target, Count { to: 100, end: End::Complete }).await;
    assert_eq!(items, [0, 1, 2, 3, 4]);
    assert!(matches!(
        error,
        Some(QueryError::UntrustedStream(StreamRefusal::TooLong { limit: 5 }))
    ));
}

/// Counts as a Xylem of this SDK does for the same calls.
pub(crate) async fn count(call: Count, items: ItemSender<u64>) -> Result<(), HandlerError> {
    for number in 0..call.to {
        items.send(number).await?;
    }
    match call.end {
        End::Problem => Err(HandlerError::rejected("no further")),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn the_streams_of_a_xylem_are_read() {
    let scene = Scene::open().await;
    let xylem = scene.detached_as(Arc::new(scene.wallet(2))).attach_stream::<Count>(count);
    let xylem = xylem.start().await.unwrap();
    let target = scene.registered_at(2, xylem.local_addr().port()).await;
    let phloem = scene.validator().await;
    for to in [0, 100] {
        let (items, error) = read(&phloem, &target, Count { to, end: End::Complete }).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(items, (0..to).collect::<Vec<_>>());
    }
    let (items, error) = read(&phloem, &target, Count { to: 3, end: End::Problem }).await;
    assert_eq!(items, [0, 1, 2]);
    let Some(QueryError::StreamEnded { problem }) = error else { panic!("{error:?}") };
    assert_eq!(problem.reason(), Some(Reason::CallRejected));
}

/// Returns the number of requests in flight to the only miner, and the number of its requests with
/// this outcome.
fn standing(phloem: &Phloem, outcome: &str) -> (u32, u64) {
    let told = phloem.explain(&RouteOptions::default()).candidates;
    (told[0].in_flight, told[0].outcomes.get(outcome).copied().unwrap_or_default())
}

#[tokio::test]
async fn a_stream_counts_as_under_way_until_it_ends_and_how_it_ends_is_learned() {
    let scene = Scene::open().await;
    let (_foreign, target) = miner(&scene).await;
    let phloem = builder(&scene).await.start().await.unwrap();
    let endless = Count { to: u64::MAX, end: End::Complete };
    let stream = phloem.stream(&target, endless).await.unwrap();
    assert_eq!(standing(&phloem, "success"), (1, 0));
    drop(stream);
    assert_eq!(standing(&phloem, "cancelled"), (0, 1));
    read(&phloem, &target, Count { to: 3, end: End::Complete }).await;
    assert_eq!(standing(&phloem, "success"), (0, 1));
    read(&phloem, &target, Count { to: 3, end: End::Break }).await;
    assert_eq!(standing(&phloem, "failed"), (0, 1));
    read(&phloem, &target, Count { to: 3, end: End::Lie }).await;
    assert_eq!(standing(&phloem, "wrong_identity"), (0, 1));
}

#[tokio::test]
async fn calls_wait_for_streams_where_there_is_no_room_for_both() {
    let scene = Scene::open().await;
    let (_foreign, target) = miner(&scene).await;
    let limits = ConnectionLimits::default().with_exchanges_per_miner(1);
    let phloem = builder(&scene).await.connection_limits(limits).start().await.unwrap();
    let endless = Count { to: u64::MAX, end: End::Complete };
    let stream = phloem.stream(&target, endless).await.unwrap();
    let query = phloem.query(&target, QUESTION);
    tokio::pin!(query);
    assert!(futures_util::poll!(query.as_mut()).is_pending());
    drop(stream);
    assert_eq!(query.await.unwrap().reply, Sum { result: 8.0 });
}

#[tokio::test]
async fn a_miner_without_the_stream_refuses_it() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let call = Count { to: 1, end: End::Complete };
    let error = scene.validator().await.stream(&scene.target(2), call).await.unwrap_err();
    let QueryError::Refused { problem, .. } = &error else { panic!("{error}") };
    assert_eq!(problem.reason(), Some(Reason::UnknownService));
}
