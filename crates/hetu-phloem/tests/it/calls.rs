//! Calls as values: each form of the same call.

use futures_util::TryStreamExt;
use hetu_cambium::Codec;
use hetu_phloem::{BroadcastOptions, Call, ProofPolicy, RouteOptions};
use serde_json::json;

use crate::foreign::{Count, End, Foreign, Setup};
use crate::scene::{MathSum, QUESTION, Scene, Sum};

#[tokio::test]
async fn call_in_each_form_and_codec_has_the_same_answer() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let (target, sum) = (scene.target(2), Sum { result: 8.0 });
    let request = json!({ "x": 5.0, "y": 3.0 });
    for codec in Codec::ALL {
        let phloem = scene.builder_as(1).await.codec(*codec).start().await.unwrap();
        let by_reference = || Call::of::<MathSum>(&QUESTION);
        let by_name = || Call::json("MathSum", &request);
        assert_eq!(phloem.query(&target, QUESTION).await.unwrap().reply, sum);
        assert_eq!(phloem.query(&target, by_reference()).await.unwrap().reply, sum);
        let routed = phloem.route(by_name(), RouteOptions::default()).await.unwrap();
        assert_eq!(routed.answer.reply, json!({ "result": 8.0 }));
        let (targets, options) = ([target.clone()], BroadcastOptions::default());
        for outcome in phloem.broadcast(&targets, by_reference(), options).await {
            assert_eq!(outcome.unwrap().reply, sum);
        }
    }
}

#[tokio::test]
async fn stream_of_a_request_by_reference_has_its_items() {
    let scene = Scene::open().await;
    let foreign = Foreign::start(&scene, Setup::of(2)).await;
    let target = scene.registered_at(2, foreign.address.port()).await;
    let builder = scene.builder_as(1).await.proof_policy(ProofPolicy::FirstReply);
    let (phloem, count) = (builder.start().await.unwrap(), Count { to: 3, end: End::Complete });
    let stream = phloem.stream(&target, Call::stream_of::<Count>(&count)).await.unwrap();
    assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap(), [0, 1, 2]);
}
