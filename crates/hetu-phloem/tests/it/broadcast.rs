//! Calls to many miners at once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hetu_cambium::Reason;
use hetu_chain::model::RawEndpoint;
use hetu_chain::{Amount, Wallet};
use hetu_metastruct::Endpoint;
use hetu_phloem::{BroadcastOptions, QueryError, Target};
use hetu_xylem::{HandlerError, RunningXylem};
use tokio::net::{TcpListener, TcpSocket};

use crate::scene::{QUESTION, Scene, Sum};

#[tokio::test]
async fn every_target_has_its_outcome_in_the_order_of_the_targets() {
    let scene = Scene::open().await;
    let _adds = scene.miner(2, 200).await;
    let _rejects = scene.miner_that(3, 200, |_| Err(HandlerError::rejected("no"))).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let absent = scene.registered_at(4, free.port()).await;
    let (adds, rejects) = (scene.target(2), scene.target(3));

    let targets = [absent.clone(), adds.clone(), rejects.clone(), adds, absent, rejects];
    let outcomes = scene
        .validator()
        .await
        .broadcast(&targets, QUESTION, BroadcastOptions::default())
        .await
        .outcomes;
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
    let outcomes = scene
        .validator()
        .await
        .broadcast(&targets, QUESTION, BroadcastOptions::default())
        .await
        .outcomes;
    assert_eq!(outcomes.len(), 1_000);
    for outcome in outcomes {
        outcome.unwrap();
    }
}

/// The behavior of one of many endpoints.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Conduct {
    Adds,
    IsAbsent,
    IsSilent,
    IsAnother,
}

impl Conduct {
    const fn of(number: usize) -> Self {
        match number % 32 {
            3 => Self::IsAbsent,
            11 => Self::IsSilent,
            19 => Self::IsAnother,
            _ => Self::Adds,
        }
    }

    fn told(outcome: &Result<Sum, QueryError>) -> Self {
        match outcome {
            Ok(Sum { result }) if *result == 8.0 => Self::Adds,
            Err(QueryError::ConnectionRefused { .. }) => Self::IsAbsent,
            Err(QueryError::TimedOut { .. }) => Self::IsSilent,
            Err(QueryError::WrongIdentity(_)) => Self::IsAnother,
            other => panic!("{other:?}"),
        }
    }
}

/// A socket that keeps a port reserved for this test.
enum Socket {
    None,
    /// Accepts connections and never serves them.
    Silent(TcpListener),
    /// Accepts no connection.
    Deaf(TcpSocket),
}

/// Returns an endpoint that behaves as `conduct` specifies, and the values that keep it alive.
async fn endpoint(scene: &Scene, conduct: Conduct) -> (Target, Option<RunningXylem>, Socket) {
    let wallet = Wallet::random();
    let registered = if conduct == Conduct::IsAnother { Wallet::random() } else { wallet.clone() };
    let (running, socket) = match conduct {
        Conduct::Adds | Conduct::IsAnother => {
            (Some(scene.detached_as(Arc::new(wallet)).start().await.unwrap()), Socket::None)
        }
        Conduct::IsSilent => {
            (None, Socket::Silent(TcpListener::bind("127.0.0.1:0").await.unwrap()))
        }
        Conduct::IsAbsent => {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            (None, Socket::Deaf(socket))
        }
    };
    let address = match (&running, &socket) {
        (Some(xylem), _) => xylem.local_addr(),
        (None, Socket::Silent(listener)) => listener.local_addr().unwrap(),
        (None, Socket::Deaf(socket)) => socket.local_addr().unwrap(),
        (None, Socket::None) => unreachable!("every endpoint has a port"),
    };
    let port = address.port();
    let endpoint = Endpoint::parse(&RawEndpoint::new("127.0.0.1", port), true).unwrap();
    (Target::new(registered.address(), endpoint, Amount::ZERO), running, socket)
}

/// Verifies S11 at the size of a subnet: each of 256 endpoints has its outcome, in the order of the
/// targets.
#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_to_256_endpoints_has_256_outcomes_in_order() {
    let scene = Scene::open().await;
    let conducts: Vec<_> = (0..256).map(Conduct::of).collect();
    let endpoints = join_all(conducts.iter().map(|conduct| endpoint(&scene, *conduct))).await;
    let targets: Vec<_> = endpoints.iter().map(|(target, ..)| target.clone()).collect();
    let builder = scene.builder_as(1).await.deadline(Duration::from_secs(8));
    let phloem = builder.start().await.unwrap();
    for _ in 0..2 {
        let outcomes =
            phloem.broadcast(&targets, QUESTION, BroadcastOptions::default()).await.outcomes;
        for (outcome, target) in outcomes.iter().zip(&targets) {
            if let Ok(answer) = outcome {
                assert_eq!(answer.miner, target.address);
            }
        }
        let told: Vec<_> = outcomes
            .into_iter()
            .map(|outcome| Conduct::told(&outcome.map(|answer| answer.reply)))
            .collect();
        assert_eq!(told, conducts);
    }
}
