//! The bound on the total bytes of the replies of one broadcast.

use std::sync::Arc;

use hetu_cambium::Service;
use hetu_chain::model::RawEndpoint;
use hetu_chain::{Amount, Wallet};
use hetu_metastruct::Endpoint;
use hetu_phloem::{BroadcastOptions, Call, FaultSide, QueryError, Target};
use hetu_xylem::{RunningXylem, Xylem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scene::Scene;

/// A request for a text of a length that the miner chooses.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Tell;

impl Service for Tell {
    const NAME: &'static str = "Tell";
    type Request = Self;
    type Reply = String;
}

async fn telling(scene: &Scene, length: usize) -> (RunningXylem, Target) {
    let wallet = Wallet::random();
    let address = wallet.address();
    let (chain, picture) = (scene.devnet.chain_id(), scene.picture.clone());
    let miner = Xylem::detached(Arc::new(wallet), chain, scene.netuid, picture)
        .bind("127.0.0.1:0")
        .attach::<Tell>(move |_| async move { Ok("x".repeat(length)) })
        .start()
        .await
        .unwrap();
    let endpoint = RawEndpoint::new("127.0.0.1", miner.local_addr().port());
    let endpoint = Endpoint::parse(&endpoint, true).unwrap();
    (miner, Target::new(address, endpoint, Amount::ZERO))
}

/// Covers replies of which each is bounded and the total is not. All are signed and well-formed.
#[tokio::test]
async fn short_replies_come_though_long_ones_use_up_the_bytes_of_the_broadcast() {
    const LONG: usize = 1_000_000;
    let scene = Scene::open().await;
    let (mut miners, mut targets) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let length = if number % 3 == 0 { LONG } else { 10_000 };
        let (miner, target) = telling(&scene, length).await;
        miners.push(miner);
        targets.push(target);
    }
    let phloem = scene.validator().await;
    // The wallet signs the first calls; later ones use sessions.
    for _ in 0..3 {
        let options = BroadcastOptions::default().reply_bytes(LONG + LONG / 2);
        let told = phloem.broadcast(&targets, Tell, options).await;
        let mut long_ones = 0;
        for (number, outcome) in told.outcomes.iter().enumerate() {
            match outcome {
                Ok(answer) if number % 3 == 0 => {
                    assert_eq!(answer.reply.len(), LONG);
                    long_ones += 1;
                }
                Ok(answer) => assert_eq!(answer.reply.len(), 10_000),
                Err(error) => {
                    assert_eq!(number % 3, 0, "a short one: {error}");
                    assert!(matches!(error, QueryError::BudgetExceeded { .. }), "{error}");
                    assert_eq!(error.fault(), FaultSide::Miner);
                }
            }
        }
        assert!(long_ones <= 1, "{long_ones} of them have more than the budget");
        let told = phloem.broadcast(&targets, Tell, BroadcastOptions::default()).await;
        assert!(told.is_reached, "within the default all have room");
    }
}

/// Covers JSON without a type, which is small on the wire and large once it is parsed.
#[tokio::test]
async fn reply_without_a_type_that_expands_in_memory_is_refused_before_it_is_read() {
    let scene = Scene::open().await;
    let miner = Xylem::detached(
        Arc::new(scene.wallet(2)),
        scene.devnet.chain_id(),
        scene.netuid,
        scene.picture.clone(),
    )
    .bind("127.0.0.1:0")
    .attach::<Expand>(|Expand(count)| async move { Ok(vec![Empty {}; count]) })
    .start()
    .await
    .unwrap();
    let target = scene.registered_at(2, miner.local_addr().port()).await;
    let phloem = scene.builder_as(1).await.reply_limit(1 << 20).start().await.unwrap();
    let answer =
        phloem.query(&target, Call::json("Expand", serde_json::Value::from(1_000))).await.unwrap();
    assert_eq!(answer.reply.as_array().unwrap().len(), 1_000);
    let error = phloem
        .query(&target, Call::json("Expand", serde_json::Value::from(100_000)))
        .await
        .unwrap_err();
    assert!(matches!(error, QueryError::Undecodable { .. }), "{error}");
    // The type bounds the memory.
    assert_eq!(phloem.query(&target, Expand(100_000)).await.unwrap().reply.len(), 100_000);
    let options = BroadcastOptions::default().reply_bytes(300_000);
    let targets = vec![target; 4];
    let told = phloem
        .broadcast(&targets, Call::json("Expand", serde_json::Value::from(3_000)), options)
        .await;
    assert_eq!(told.answered, 1, "each has 9,000 bytes and takes 2 MB");
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Expand(usize);

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
struct Empty {}

impl Service for Expand {
    const NAME: &'static str = "Expand";
    type Request = Self;
    type Reply = Vec<Empty>;
}
