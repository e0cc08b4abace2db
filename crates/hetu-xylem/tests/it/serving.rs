//! Calls that are served, and the end of a miner.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{Service, TraceContext};
use hetu_xylem::{RemoteAddress, ReplyBody, RequestId, ServerLimits};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower::util::{MapRequestLayer, MapResponseLayer};

use crate::support::{MathSum, Scene, Sum, add, connect, miner, send, send_over};

struct Wait;

impl Service for Wait {
    const NAME: &'static str = "wait";
    type Request = ();
    type Reply = u8;
}

/// Starts a miner with a service that signals when it is called and answers when it is released.
async fn waiting_scene(limits: ServerLimits) -> (Scene, Arc<Notify>, Arc<Notify>) {
    let (called, let_go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (entered, gate) = (Arc::clone(&called), Arc::clone(&let_go));
    let scene = Scene::with(|builder| {
        builder.limits(limits).attach::<Wait>(move |()| {
            let (entered, gate) = (Arc::clone(&entered), Arc::clone(&gate));
            async move {
                entered.notify_one();
                gate.notified().await;
                Ok(7)
            }
        })
    })
    .await;
    (scene, called, let_go)
}

#[tokio::test]
async fn a_call_is_served_and_its_reply_is_the_miners_word() {
    let scene = Scene::new().await;
    assert_eq!(scene.miner.address(), miner().address());
    let signed = scene.sign_sum().await;
    let reply = scene.send(signed.request).await;
    assert_eq!(reply.status, 200);
    assert_eq!(scene.verify(&signed.pending, &reply), Ok(()));
    let sum: Sum = signed.pending.codec().decode(&reply.content).unwrap();
    assert_eq!(sum, Sum { result: 8.0 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_requests_at_once_and_out_of_order_are_all_served() {
    let scene = Scene::new().await;
    let mut signed = Vec::new();
    for number in 0..256_u16 {
        let call = MathSum { x: f64::from(number), y: 0.5 };
        signed.push((number, scene.sign::<MathSum>(&call).await));
        if number % 32 == 31 {
            scene.clock.advance(Duration::from_secs(1));
        }
    }
    signed.reverse();
    let address = scene.address();
    let sent: Vec<_> = signed
        .into_iter()
        .map(|(number, signed)| {
            tokio::spawn(
                async move { (number, signed.pending, send(address, signed.request).await) },
            )
        })
        .collect();
    for sent in sent {
        let (number, pending, reply) = sent.await.unwrap();
        assert_eq!(reply.status, 200, "{number}");
        assert_eq!(scene.verify(&pending, &reply), Ok(()), "{number}");
        assert_eq!(reply.json()["result"], f64::from(number) + 0.5);
    }
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let scene = Scene::new().await;
    let mut connection = connect(scene.address()).await;
    for _ in 0..3 {
        let reply = send_over(&mut connection, scene.sign_sum().await.request).await.unwrap();
        assert_eq!(reply.status, 200);
    }
}

#[tokio::test]
async fn stopping_finishes_the_request_under_way_and_takes_no_more() {
    let (scene, called, let_go) = waiting_scene(ServerLimits::default()).await;
    let signed = scene.sign::<Wait>(&()).await;
    let address = scene.address();
    let under_way = tokio::spawn(send(address, signed.request));
    called.notified().await;
    let Scene { miner, clock } = scene;
    let stopping = tokio::spawn(miner.stop());
    // The listener closes while the request in flight is still being served.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    let_go.notify_one();
    let reply = under_way.await.unwrap();
    assert_eq!((reply.status.as_u16(), &reply.content[..]), (200, &b"7"[..]));
    signed.pending.verify(reply.status, &reply.headers, &reply.content, &*clock).unwrap();
    stopping.await.unwrap();
}

#[tokio::test]
async fn stopping_does_not_wait_for_idle_connections() {
    let scene = Scene::new().await;
    let mut idle = connect(scene.address()).await;
    let reply = send_over(&mut idle, scene.sign_sum().await.request).await.unwrap();
    assert_eq!(reply.status, 200);
    let next = scene.sign_sum().await.request;
    // The limit is far below the drain timeout and far above the time needed.
    let stopped = tokio::time::timeout(Duration::from_secs(10), scene.miner.stop()).await;
    assert!(stopped.is_ok());
    assert!(send_over(&mut idle, next).await.is_err());
}

#[tokio::test]
async fn stopping_is_bounded_in_time() {
    let limits = ServerLimits::default().with_drain_timeout(Duration::from_millis(50));
    let (scene, called, _let_go) = waiting_scene(limits).await;
    let signed = scene.sign::<Wait>(&()).await;
    let mut connection = connect(scene.address()).await;
    let under_way =
        tokio::spawn(async move { send_over(&mut connection, signed.request).await.is_err() });
    called.notified().await;
    scene.miner.stop().await;
    assert!(under_way.await.unwrap());
}

#[tokio::test]
async fn dropping_a_miner_ends_it() {
    let scene = Scene::new().await;
    let address = scene.address();
    assert!(TcpStream::connect(address).await.is_ok());
    drop(scene);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_its_call() {
    struct Guard(Arc<Notify>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let (entered, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (called, guard) = (Arc::clone(&entered), Arc::clone(&ended));
    let scene = Scene::with(|builder| {
        builder.attach::<Wait>(move |()| {
            let (called, guard) = (Arc::clone(&called), Guard(Arc::clone(&guard)));
            async move {
                let _guard = guard;
                called.notify_one();
                std::future::pending().await
            }
        })
    })
    .await;
    let signed = scene.sign::<Wait>(&()).await;
    let caller = tokio::spawn(send(scene.address(), signed.request));
    entered.notified().await;
    caller.abort();
    ended.notified().await;
}

#[cfg(unix)]
#[tokio::test]
async fn serving_ends_when_the_process_is_told_to_stop() {
    let clock = crate::support::clock();
    // The port of a miner that has just ended is free.
    let address = {
        let scene = Scene::new().await;
        let address = scene.address();
        scene.miner.stop().await;
        address
    };
    let builder = crate::support::builder(&clock).bind(address.to_string());
    let serving = tokio::spawn(builder.serve());
    // An answer proves that it listens for signals: on one thread it does both before it yields.
    let ping = http::Request::get(format!("http://{address}/ping")).body(bytes::Bytes::new());
    while TcpStream::connect(address).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(send(address, ping.unwrap()).await.status, 200);
    let process = std::process::id().to_string();
    let told = std::process::Command::new("kill").args(["-TERM", &process]).status();
    assert!(told.unwrap().success());
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn layers_see_every_request_the_later_ones_first() {
    let marked = |mark: &'static str| {
        MapResponseLayer::new(move |mut response: Response<ReplyBody>| {
            response.headers_mut().append("x-passed", HeaderValue::from_static(mark));
            response
        })
    };
    let scene = Scene::with(|builder| builder.layer(marked("inner")).layer(marked("outer"))).await;
    for reply in [scene.get("/ping").await, scene.get("/nothing").await] {
        let passed: Vec<_> = reply.headers.get_all("x-passed").iter().collect();
        assert_eq!(passed, ["inner", "outer"]);
    }
}

#[tokio::test]
async fn layers_know_where_a_request_comes_from_and_how_it_is_called() {
    let looking = MapRequestLayer::new(|request: Request<Incoming>| {
        let extensions = request.extensions();
        let RemoteAddress(remote) = extensions.get().unwrap();
        assert!(remote.ip().is_loopback());
        assert_eq!(extensions.get().copied(), RequestId::current());
        assert_eq!(extensions.get(), TraceContext::of(request.headers()).as_ref());
        request
    });
    let scene = Scene::alone(|builder| builder.attach_open::<MathSum>(add).layer(looking)).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let unsigned = Request::post(scene.uri("/math-sum"))
        .header("content-type", "application/json")
        .header("traceparent", trace)
        .body(Bytes::from_static(br#"{"x": 5, "y": 3}"#))
        .unwrap();
    // The request is counted by its source address.
    assert_eq!(scene.send(unsigned).await.status, 200);
}
