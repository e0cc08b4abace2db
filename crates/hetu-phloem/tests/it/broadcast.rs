//! Asking many miners at once.

use hetu_cambium::Reason;
use hetu_phloem::QueryError;
use hetu_xylem::HandlerError;
use tokio::net::TcpListener;

use crate::scene::{QUESTION, Scene};

#[tokio::test]
async fn every_target_has_its_outcome_in_the_order_of_the_targets() {
    let scene = Scene::open().await;
    let _adds = scene.miner(2, 200).await;
    let _rejects = scene.miner_that(3, 200, |_| Err(HandlerError::rejected("no"))).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let absent = scene.registered_at(4, free.port()).await;
    let (adds, rejects) = (scene.target(2), scene.target(3));

    let targets = [absent.clone(), adds.clone(), rejects.clone(), adds, absent, rejects];
    let outcomes = scene.validator().await.broadcast(&targets, QUESTION).await;
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Ok(answer) => format!("{}", answer.reply.result),
            Err(QueryError::ConnectionRefused { .. }) => "absent".to_owned(),
            Err(QueryError::Refused { problem, .. }) => problem.reason_text().to_owned(),
            Err(other) => panic!("{other}"),
        })
        .collect();
    let rejected = Reason::CallRejected.as_str();
    assert_eq!(told, ["absent", "8", rejected, "8", "absent", rejected]);
}

#[tokio::test]
async fn a_thousand_honest_queries_256_at_once_are_all_answered() {
    let scene = Scene::open().await;
    let _miner = scene.miner(2, 200).await;
    let targets = vec![scene.target(2); 1_000];
    let outcomes = scene.validator().await.broadcast(&targets, QUESTION).await;
    assert_eq!(outcomes.len(), 1_000);
    for outcome in outcomes {
        outcome.unwrap();
    }
}
