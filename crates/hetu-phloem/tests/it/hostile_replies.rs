//! Replies with a size or form that costs a validator more than the miner.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;
use std::{fs, thread};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use hetu_cambium::DiscoveryDocument;
use hetu_chain::model::RawEndpoint;
use hetu_chain::{Amount, Wallet};
use hetu_metastruct::Endpoint;
use hetu_phloem::{HttpViolation, OutcomeClass, PhloemBuilder, QueryError, Target};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::time::timeout;

use crate::foreign::{Content, Count, Disfigurement, End, Foreign, Setup};
use crate::scene::{QUESTION, Scene, Sum};

/// Adds one field longer than the bound of 64 KiB, which a signature could cover.
fn long_field(reply: &mut Response<Content>) {
    let members: Vec<String> = (0..40_000).map(|number| format!("a{number:x}")).collect();
    let value = HeaderValue::try_from(members.join(",")).unwrap();
    assert!(value.len() > 200_000);
    reply.headers_mut().insert("x", value);
}

fn many_fields(reply: &mut Response<Content>) {
    for number in 0..200 {
        let name = HeaderName::try_from(format!("x-{number}")).unwrap();
        reply.headers_mut().insert(name, HeaderValue::from_static("1"));
    }
}

fn repeated_field(reply: &mut Response<Content>) {
    for _ in 0..200 {
        reply.headers_mut().append("x", HeaderValue::from_static("1"));
    }
}

fn many_trailers(reply: &mut Response<Content>) {
    let field = |number| {
        (HeaderName::try_from(format!("x-{number}")).unwrap(), HeaderValue::from_static("1"))
    };
    let trailers = Frame::trailers((0..200).map(field).collect());
    let content =
        std::mem::replace(reply.body_mut(), StreamBody::new(futures_util::stream::empty().boxed()));
    let whole = content.chain(futures_util::stream::iter([Ok(trailers)]));
    *reply.body_mut() = StreamBody::new(whole.boxed());
}

/// Makes a reply of 2 MiB, in pieces of one byte.
fn single_bytes(reply: &mut Response<Content>) {
    let piece = || Ok(Frame::data(Bytes::from_static(b" ")));
    let pieces = futures_util::stream::iter((0..1 << 21).map(move |_| piece()));
    *reply.body_mut() = StreamBody::new(pieces.boxed());
}

fn speaks_http2(document: DiscoveryDocument) -> DiscoveryDocument {
    document.with_http2_in_clear()
}

async fn foreign(scene: &Scene, account: usize) -> (Foreign, Target) {
    let setup = Setup { document: Some(speaks_http2), ..Setup::of(account) };
    let foreign = Foreign::start(scene, setup).await;
    let target = scene.registered_at(account, foreign.address.port()).await;
    (foreign, target)
}

async fn both_versions(scene: &Scene) -> [PhloemBuilder; 2] {
    [scene.builder_as(1).await, scene.builder_as(1).await.http2_in_clear()]
}

/// Covers replies that are expensive before their signature is checked: heads without a bound.
#[tokio::test]
async fn reply_head_beyond_the_bounds_is_refused_in_both_versions_of_http() {
    let scene = Scene::open().await;
    let (miner, target) = foreign(&scene, 2).await;
    for builder in both_versions(&scene).await {
        let phloem = builder.start().await.unwrap();
        for change in [long_field, many_fields, repeated_field] as [Disfigurement; 3] {
            miner.disfigure(|_| ());
            phloem.query(&target, QUESTION).await.unwrap();
            miner.disfigure(change);
            let error = phloem.query(&target, QUESTION).await.unwrap_err();
            assert!(matches!(error, QueryError::InvalidHttp(_)), "{error}");
            assert_eq!(error.class(), OutcomeClass::Failed, "it counts as the miner's");
            let call = Count { to: 3, end: End::Complete };
            let error = phloem.stream(&target, call).await.unwrap_err();
            assert!(matches!(error, QueryError::InvalidHttp(_)), "{error}");
        }
    }
}

#[tokio::test]
async fn trailers_beyond_the_bounds_are_refused_in_http2() {
    let scene = Scene::open().await;
    let (miner, target) = foreign(&scene, 2).await;
    miner.disfigure(many_trailers);
    let phloem = scene.builder_as(1).await.http2_in_clear().start().await.unwrap();
    let error = phloem.query(&target, QUESTION).await.unwrap_err();
    let expected = matches!(
        error,
        QueryError::InvalidHttp(HttpViolation::HeadTooLarge { bytes: 65_536, fields: 100 })
    );
    assert!(expected, "{error}");
}

/// Covers replies within the byte limit that are expensive because they have many pieces.
#[tokio::test]
async fn reply_in_single_bytes_is_cut_off_in_both_versions_of_http() {
    let scene = Scene::open().await;
    let (miner, target) = foreign(&scene, 2).await;
    miner.disfigure(single_bytes);
    for builder in both_versions(&scene).await {
        let phloem = builder.reply_limit(4 << 20).start().await.unwrap();
        let error = phloem.query(&target, QUESTION).await.unwrap_err();
        // In HTTP/2 the library itself refuses so many small frames.
        let is_cut_off = matches!(error, QueryError::TooLarge { .. } | QueryError::InvalidHttp(_));
        assert!(is_cut_off, "{error}");
    }
}

/// Starts a miner that answers the first request of each connection with `head`, and then with
/// `flood` for as long as the client reads. It has a thread of its own, so that its work is not
/// counted.
fn flooding(head: Vec<u8>, flood: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (head, flood) = (head.clone(), flood.clone());
            thread::spawn(move || {
                let mut connection = connection.unwrap();
                let _ = connection.read(&mut [0; 4_096]);
                let mut sent = connection.write_all(&head);
                while sent.is_ok() && !flood.is_empty() {
                    sent = connection.write_all(&flood);
                }
            });
        }
    });
    port
}

/// Returns the miner as a target.
fn hostile(head: Vec<u8>, flood: Vec<u8>) -> Target {
    let endpoint = RawEndpoint::new("127.0.0.1", flooding(head, flood));
    let endpoint = Endpoint::parse(&endpoint, true).unwrap();
    Target::new(Wallet::random().address(), endpoint, Amount::ZERO)
}

fn interim_http1() -> (Vec<u8>, Vec<u8>) {
    (Vec::new(), b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(512))
}

/// Returns a head that never ends.
fn endless_http1() -> (Vec<u8>, Vec<u8>) {
    (b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(512))
}

fn huge_http1() -> (Vec<u8>, Vec<u8>) {
    let value = "a,".repeat(195_000);
    (format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: {value}\r\n\r\n").into_bytes(), Vec::new())
}

/// Returns the processor time of this thread, as Linux counts it.
fn worked() -> Duration {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(statistics.split(' ').next().unwrap().parse().unwrap())
}

/// Returns the processor time of one call by a new client, its proof included, and the call outcome.
async fn work_of_a_call(scene: &Scene, target: &Target) -> (Duration, Result<Sum, QueryError>) {
    let phloem = scene.validator().await;
    let before = worked();
    let outcome = phloem.query(target, QUESTION).await;
    (worked() - before, outcome.map(|answer| answer.reply))
}

/// Covers replies that are expensive before their signature is checked, measured by their work.
#[tokio::test]
async fn hostile_reply_head_costs_no_more_work_than_a_few_honest_replies() {
    let scene = Scene::open().await;
    let _miner = scene.miner(3, 200).await;
    let (honest, outcome) = work_of_a_call(&scene, &scene.target(3)).await;
    outcome.unwrap();
    for (name, (head, flood)) in [
        ("head of 390 KB", huge_http1()),
        ("endless head", endless_http1()),
        ("endless interim replies", interim_http1()),
    ] {
        let (work, outcome) = work_of_a_call(&scene, &hostile(head, flood)).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, QueryError::InvalidHttp(_)), "{name}: {error}");
        // Both sides of an honest call work on this thread; of a hostile call, only the client
        // does.
        assert!(work < honest * 4 + Duration::from_millis(20), "{name}: {work:?}, {honest:?}");
    }
}

/// Measures the effect on other miners: honest miners must not time out because of hostile ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_calls_finish_while_hostile_miners_flood_the_client() {
    const HOSTILE: usize = 24;
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let honest = scene.target(2);
    let kinds = [huge_http1, endless_http1, interim_http1];
    let flooding: Vec<_> = (0..HOSTILE)
        .map(|number| {
            let (head, flood) = kinds[number % kinds.len()]();
            hostile(head, flood)
        })
        .collect();
    let phloem = scene.validator().await;
    let calls = flooding.iter().map(|target| {
        let (phloem, target) = (phloem.clone(), target.clone());
        tokio::spawn(async move { phloem.query(&target, QUESTION).await.map(|_| ()) })
    });
    let calls: Vec<_> = calls.collect();
    for _ in 0..50 {
        let answer = timeout(Duration::from_secs(5), phloem.query(&honest, QUESTION)).await;
        assert_eq!(answer.unwrap().unwrap().reply, Sum { result: 8.0 });
    }
    for outcome in join_all(calls).await {
        let error = outcome.unwrap().unwrap_err();
        assert!(matches!(error, QueryError::InvalidHttp(_)), "{error}");
    }
}
