//! Calls to one miner.

use std::time::Duration;

use hetu_cambium::{Codec, JsonService, Reason, Service};
use hetu_chain::{Amount, Retryable};
use hetu_phloem::{BroadcastOptions, Call, OutcomeClass, QueryError, RouteOptions};
use hetu_testkit::doubles::finite_doubles;
use hetu_xylem::{HandlerError, Xylem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::scene::{MathSum, QUESTION, Scene, Sum};

/// A service that no miner here serves.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Unheard;

impl Service for Unheard {
    const NAME: &'static str = "Unheard";
    type Request = Self;
    type Reply = ();
}

/// `MathSum` by its name, with another type of reply.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct OtherMathSum {
    x: f64,
    y: f64,
}

impl Service for OtherMathSum {
    const NAME: &'static str = MathSum::NAME;
    type Request = Self;
    type Reply = String;
}

fn refusal(error: QueryError) -> (Option<Reason>, bool) {
    match error {
        QueryError::Refused { problem, is_signed, .. } => (problem.reason(), is_signed),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_answer_is_verified_and_names_its_miner() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let phloem = scene.validator().await;
    let answer = phloem.query(&phloem.discover()[0], QUESTION).await.unwrap();
    assert_eq!(answer.reply, Sum { result: 8.0 });
    assert_eq!(answer.miner, scene.wallet(2).address());
    assert!(answer.latency > Duration::ZERO);
}

#[tokio::test]
async fn a_receipt_proves_to_anyone_what_the_miner_answered() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    for codec in Codec::ALL {
        let phloem = scene.builder_as(1).await.codec(*codec).receipts().start().await.unwrap();
        let answer = phloem.query(&phloem.discover()[0], QUESTION).await.unwrap();
        let testimony = answer.receipt.unwrap().verify().unwrap();
        assert_eq!(testimony.miner.address, scene.wallet(2).address());
        assert_eq!(testimony.caller.address, scene.wallet(1).address());
        let reply: Sum = codec.decode(&testimony.reply_content.unwrap()).unwrap();
        assert_eq!(reply, Sum { result: 8.0 });
    }
    let phloem = scene.validator().await;
    let answer = phloem.query(&phloem.discover()[0], QUESTION).await.unwrap();
    assert_eq!(answer.receipt, None);
}

#[tokio::test]
async fn what_a_handler_rejects_is_a_signed_refusal() {
    let scene = Scene::open().await;
    let _miner =
        scene.miner_that(2, 200, |_| Err(HandlerError::rejected("only small numbers"))).await;
    let error = scene.validator().await.query(&scene.target(2), QUESTION).await.unwrap_err();
    assert!(!error.retryability().is_retryable());
    assert!(error.to_string().contains("only small numbers"), "{error}");
    assert_eq!(refusal(error), (Some(Reason::CallRejected), true));
}

#[tokio::test]
async fn a_caller_without_the_role_is_refused_and_told_so() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let stranger = scene.builder_as(6).await.start().await.unwrap();
    let error = stranger.query(&scene.target(2), QUESTION).await.unwrap_err();
    assert_eq!(refusal(error), (Some(Reason::RoleNotAllowed), false));
}

#[tokio::test]
async fn an_unknown_service_comes_with_the_names_of_the_known_ones() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let error = scene.validator().await.query(&scene.target(2), Unheard).await.unwrap_err();
    let QueryError::Refused { problem, .. } = error else { panic!("{error}") };
    assert_eq!(problem.reason(), Some(Reason::UnknownService));
    assert_eq!(problem.services(), [MathSum::NAME]);
}

#[tokio::test]
async fn an_answer_of_another_shape_does_not_decode() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let question = OtherMathSum { x: 1.0, y: 2.0 };
    let error = scene.validator().await.query(&scene.target(2), question).await.unwrap_err();
    assert!(matches!(error, QueryError::Undecodable { .. }), "{error}");
}

#[tokio::test]
async fn nobody_at_the_endpoint_refuses_connections() {
    let scene = Scene::open().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let target = scene.registered_at(2, free.port()).await;
    let error = scene.validator().await.query(&target, QUESTION).await.unwrap_err();
    assert!(matches!(error, QueryError::ConnectionRefused { .. }), "{error}");
    assert!(error.retryability().is_retryable() && error.is_certainly_undone());
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_miner_that_never_answers_costs_no_more_than_the_deadline() {
    let scene = Scene::open().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = scene.registered_at(2, silent.local_addr().unwrap().port()).await;
    let limit = Duration::from_millis(50);
    let phloem = scene.builder_as(1).await.deadline(limit).start().await.unwrap();
    let error = phloem.query(&target, QUESTION).await.unwrap_err();
    assert!(matches!(error, QueryError::TimedOut { limit: told } if told == limit), "{error}");
}

#[tokio::test]
async fn no_deadline_is_too_long_to_be_kept() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let longest = Duration::MAX;
    let builder = scene.builder_as(1).await.deadline(longest).stream_deadline(longest);
    let phloem = builder.proof_interval(longest).start().await.unwrap();
    let target = scene.target(2);
    // After this many calls the client opens a session.
    for _ in 0..3 {
        phloem.query(&target, QUESTION).await.unwrap();
    }
    let options = BroadcastOptions::default().target_deadline(longest).deadline(longest);
    let told = phloem.broadcast(&[target], QUESTION, options).await;
    assert!(told.is_reached);
    phloem.route(QUESTION, RouteOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_known_by_name_alone_is_queried_in_json() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let phloem = scene.builder_as(1).await.codec(Codec::Bincode).receipts().start().await.unwrap();
    let target = scene.target(2);
    let ask = async |service: &str, request: serde_json::Value| {
        phloem.query(&target, Call::json(service, &request)).await
    };
    let answer = ask("MathSum", serde_json::json!({ "x": 5, "y": 3 })).await.unwrap();
    assert_eq!(answer.reply, serde_json::json!({ "result": 8.0 }));
    answer.receipt.unwrap().verify().unwrap();
    let error = ask("MathSum", serde_json::json!({ "x": "five" })).await.unwrap_err();
    assert_eq!(error.class(), OutcomeClass::Declined, "the miner is not to blame");
    assert_eq!(refusal(error), (Some(Reason::UndecodableContent), true));
    let error = ask("../ping", serde_json::json!({})).await.unwrap_err();
    assert!(matches!(error, QueryError::Signing(_)), "{error}");
}

#[tokio::test]
async fn every_double_passes_through_query_unchanged() {
    let scene = Scene::open().await;
    let echo = Xylem::builder(scene.connect_as(2).await, scene.netuid)
        .bind("127.0.0.1:0")
        .stake(Amount::from_hetu(200))
        .attach_json(JsonService::new("echo"), async |request: Value| Ok(request));
    let _miner = echo.start().await.unwrap();
    scene.picture.refresh().await.unwrap();
    let (phloem, target) = (scene.validator().await, scene.target(2));
    for sent in finite_doubles().chunks(10_000) {
        let text = serde_json::to_string(sent).unwrap();
        let request: Value = serde_json::from_str(&text).unwrap();
        let answer = phloem.query(&target, Call::json("echo", &request)).await.unwrap();
        let received: Vec<f64> = serde_json::from_value(answer.reply).unwrap();
        let bits = |numbers: &[f64]| -> Vec<_> { numbers.iter().map(|it| it.to_bits()).collect() };
        assert_eq!(bits(sent), bits(&received));
    }
}

#[tokio::test]
async fn status_without_reason_names_path() {
    let scene = Scene::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = scene.registered_at(2, listener.local_addr().unwrap().port()).await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head).await;
            let reply = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(reply).await;
        }
    });
    let error = scene.validator().await.query(&target, QUESTION).await.unwrap_err();
    let expected = "the miner answered /.well-known/hetu with status 404 Not Found and no reason";
    assert_eq!(error.to_string(), expected);
    assert!(error.advice().contains("section 10"), "{}", error.advice());
}

#[tokio::test]
async fn refused_body_names_missing_member() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let (phloem, target) = (scene.validator().await, scene.target(2));
    let half = serde_json::json!({ "x": 5 });
    let error =
        phloem.query(&target, Call::json(MathSum::NAME, &half)).await.unwrap_err().to_string();
    assert!(error.contains("missing field `y`"), "{error}");
    let odd = serde_json::json!({ "x": "\u{1b}[2J".repeat(1_000), "y": 1 });
    let error =
        phloem.query(&target, Call::json(MathSum::NAME, &odd)).await.unwrap_err().to_string();
    assert!(error.len() < 600 && !error.contains(char::is_control), "{error}");
}
