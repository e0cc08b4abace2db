//! Dry runs of transactions.

use hetu_chain::{Amount, ChainError};

use super::{Scene, wei};

#[tokio::test]
async fn a_dry_run_tells_the_cost_and_leaves_chain_and_nonce_as_they_are() {
    let scene = Scene::new().await;
    let before = scene.hetu.block().await.unwrap();
    let planned = scene.hetu.tokens().transfer(scene.friend, wei(5)).dry_run().await.unwrap();

    assert_eq!((planned.to, planned.value), (Some(scene.friend), wei(5)));
    let estimate = planned.estimate.as_ref().unwrap();
    assert!((21_000..=26_250).contains(&estimate.gas_limit), "{estimate:?}");
    assert_eq!(planned.max_fee(), estimate.max_fee_per_gas.saturating_mul(estimate.gas_limit));
    assert!(scene.node.calls("eth_sendRawTransaction").is_empty());
    assert_eq!(scene.hetu.block().await.unwrap(), before);
    assert_eq!(scene.mined().await, 0);

    let receipt = scene.hetu.tokens().transfer(scene.friend, wei(5)).await.unwrap();
    assert!(receipt.gas_used <= estimate.gas_limit);
}

#[tokio::test]
async fn a_dry_run_shows_what_has_to_be_done_before() {
    let scene = Scene::new().await;
    let amount = Amount::from_hetu(10);
    let planned = scene.hetu.staking().add(amount).dry_run().await.unwrap();
    let names: Vec<_> = planned.preparations.iter().map(|step| step.function.as_str()).collect();
    assert_eq!(names, ["deposit", "approve"]);
    assert_eq!(planned.preparations[0].value, amount);
    assert_eq!(planned.estimate, None, "the contract would refuse before they are made");
    assert!(planned.max_fee() > Amount::ZERO);

    let contracts = scene.hetu.network().contracts;
    scene.hetu.tokens().provide(contracts.global_staking, amount).await.unwrap();
    let planned = scene.hetu.staking().add(amount).dry_run().await.unwrap();
    assert!(planned.preparations.is_empty() && planned.estimate.is_some());
    assert_eq!(planned.to, Some(contracts.global_staking));
}

#[tokio::test]
async fn a_dry_run_needs_an_address_and_no_key() {
    let scene = Scene::new().await;
    let watcher = scene.node.connect().await;
    let call = watcher.tokens().transfer(scene.friend, wei(1));
    assert!(matches!(call.dry_run().await, Err(ChainError::NoSigner)));
    let me = scene.hetu.address().unwrap();
    let planned = watcher.tokens().transfer(scene.friend, wei(1)).dry_run_as(me).await.unwrap();
    assert_eq!(planned.from, me);
}

#[tokio::test]
async fn a_dry_run_shows_what_the_function_returns_and_why_it_refuses() {
    let scene = Scene::new().await;
    let tokens = scene.hetu.tokens();
    let planned = tokens.approve(scene.friend, wei(1)).dry_run().await.unwrap();
    let returned = planned.estimate.unwrap().returned;
    assert_eq!(returned, [&[0; 31][..], &[1]].concat(), "approve returns true");

    let refused = scene.hetu.staking().remove(wei(1)).dry_run().await.unwrap_err();
    assert!(refused.is_revert("INSUFFICIENT_STAKE"), "{refused}");
}
