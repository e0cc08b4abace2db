//! Errors that keep a miner from starting.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{ReplayLimits, Service};
use hetu_chain::{Retryability, Retryable};
use hetu_xylem::{Xylem, XylemError};
use http::HeaderValue;
use http::header::HOST;

use crate::support::{CHAIN, MathSum, NETUID, Scene, add, builder, clock, miner, refused, roster};

#[tokio::test]
async fn a_port_in_use_is_an_error_of_its_own() {
    let scene = Scene::new().await;
    let address = scene.address().to_string();
    let error = builder(&clock()).bind(&address).start().await.unwrap_err();
    assert!(
        matches!(&error, XylemError::Bind { address: wanted, source }
            if *wanted == address && source.kind() == std::io::ErrorKind::AddrInUse),
        "{error:?}"
    );
    assert_eq!(error.retryability(), Retryability::Retryable);
    assert!(error.to_string().contains(&address), "{error}");
}

#[tokio::test]
async fn nonsense_to_bind_to_is_final() {
    let error = builder(&clock()).bind("nowhere").start().await.unwrap_err();
    assert!(matches!(error, XylemError::Bind { .. }), "{error:?}");
    assert_eq!(error.retryability(), Retryability::Final);
}

#[tokio::test]
async fn miner_without_a_service_does_not_start() {
    let detached = Xylem::detached(Arc::new(miner()), CHAIN, NETUID, roster());
    let error = detached.bind("127.0.0.1:0").start().await.unwrap_err();
    assert!(matches!(error, XylemError::NoService), "{error:?}");
}

macro_rules! service {
    ($type:ident, $name:literal) => {
        struct $type;
        impl Service for $type {
            const NAME: &'static str = $name;
            type Request = ();
            type Reply = ();
        }
    };
}

service!(Slashed, "math/sum");
service!(Spaced, "math sum");
service!(Escaped, "math%2dsum");
service!(Empty, "");
service!(Dotted, ".well-known");
service!(Reserved, "ping");
service!(Unreserved, "Math_sum-v1.2~rc");

#[tokio::test]
async fn services_have_names_that_can_be_called() {
    async fn name_is_refused<S: Service<Request = (), Reply = ()>>() -> bool {
        let started = builder(&clock()).attach::<S>(|()| async { Ok(()) }).start().await;
        match started {
            Ok(_) => false,
            Err(XylemError::ServiceName { name }) => name == S::NAME,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(name_is_refused::<Slashed>().await);
    assert!(name_is_refused::<Spaced>().await);
    assert!(name_is_refused::<Escaped>().await);
    assert!(name_is_refused::<Empty>().await);
    assert!(name_is_refused::<Dotted>().await);
    assert!(name_is_refused::<Reserved>().await);
    assert!(!name_is_refused::<Unreserved>().await);
}

#[tokio::test]
async fn a_name_is_served_once() {
    let error = builder(&clock()).attach::<MathSum>(add).start().await.unwrap_err();
    assert!(
        matches!(error, XylemError::DuplicateService { ref name } if name == "math-sum"),
        "{error:?}"
    );
}

#[tokio::test]
async fn unsafe_replay_limits_are_refused() {
    let limits = ReplayLimits::default().with_retention(Duration::from_secs(119));
    let error = builder(&clock()).replay_limits(limits).start().await.unwrap_err();
    assert!(matches!(error, XylemError::Replay(_)), "{error:?}");
}

#[tokio::test]
async fn an_endpoint_that_nobody_can_reach_is_refused() {
    let error = builder(&clock()).advertise("ftp://miner.example", 80).start().await.unwrap_err();
    assert!(matches!(error, XylemError::Endpoint(_)), "{error:?}");
}

#[tokio::test]
async fn behind_a_proxy_that_replaces_the_host_the_advertised_one_counts() {
    let open = Scene::with(|builder| builder.advertise("http://miner.example", 8_091)).await;
    let proxied =
        Scene::with(|builder| builder.advertise("http://miner.example", 8_091).behind_proxy())
            .await;
    for (scene, expected) in [(open, false), (proxied, true)] {
        // The request is signed for the advertised authority and forwarded to another one.
        let mut parts = http::Request::post("http://miner.example:8091/math-sum");
        parts = parts.header("x-forwarded-host", "miner.example:8091");
        let (mut parts, ()) = parts.body(()).unwrap().into_parts();
        let content = br#"{"x":5.0,"y":3.0}"#;
        let signer = hetu_cambium::RequestSigner::new(Arc::new(crate::support::validator()), CHAIN)
            .with_clock(scene.clock.clone());
        signer.sign(&mut parts, content, &scene.envelope()).await.unwrap();
        parts.headers.insert(HOST, HeaderValue::from_static("10.0.0.7:9000"));
        let request = http::Request::from_parts(parts, bytes::Bytes::from_static(content));
        let reply = scene.send(request).await;
        if expected {
            assert_eq!(reply.status, 200);
        } else {
            assert_eq!(reply.refusal(), refused(401, "bad_signature"));
        }
    }
}
