//! Changes that are simulated together, by nodes with and without support for it.

use hetu_chain::model::TradeLimits;
use hetu_chain::stakework::{Trade, TradeDirection};
use hetu_chain::{Amount, ChainError};
use serde_json::json;

use super::{Fault, Scene};
use crate::setup::{miner_of, new_subnet};

/// Returns the faults of nodes that refuse a state override, ignore it, or answer with another
/// result.
fn without_overrides() -> [Fault; 3] {
    [
        Fault::Error(-32_602, "too many arguments, want at most 2"),
        Fault::Result(json!("0x")),
        Fault::Result(json!("0x01")),
    ]
}

const SEND: &str = "eth_sendRawTransaction";

impl Scene {
    /// Disables simulations of several calls at the node.
    fn refuse_overrides(&self, fault: Fault) {
        self.node.fail_calls_with_override(fault);
    }

    fn assert_nothing_sent(&self, refused: Result<(), ChainError>, reason: &str) {
        let error = refused.unwrap_err();
        assert!(error.is_revert(reason), "{error}");
        assert!(self.node.calls(SEND).is_empty());
    }
}

#[tokio::test]
async fn second_subnet_is_refused_unsent_by_nodes_with_and_without_overrides() {
    for fault in [None].into_iter().chain(without_overrides().map(Some)) {
        let scene = Scene::new().await;
        scene.chain.active_subnet().await;
        fault.into_iter().for_each(|fault| scene.refuse_overrides(fault));
        let price = scene.hetu.subnets().lock_cost().await.unwrap();
        let refused = scene.hetu.subnets().register(&new_subnet(), price).await.map(drop);
        scene.assert_nothing_sent(refused, "RATE_LIMIT_EXCEEDED");
        let planned = scene.hetu.subnets().register(&new_subnet(), price).dry_run().await.map(drop);
        scene.assert_nothing_sent(planned, "RATE_LIMIT_EXCEEDED");
    }
}

#[tokio::test]
async fn sale_without_alpha_is_refused_unsent_by_nodes_with_and_without_overrides() {
    for fault in [None].into_iter().chain(without_overrides().map(Some)) {
        let scene = Scene::new().await;
        let netuid = scene.chain.active_subnet().await;
        fault.into_iter().for_each(|fault| scene.refuse_overrides(fault));
        let amount_in = Amount::from_hetu(5);
        let trade = Trade { direction: TradeDirection::AlphaToHetu, amount_in };
        let limits =
            TradeLimits { at_least: Amount::ZERO, within: std::time::Duration::from_secs(9) };
        let amm = scene.hetu.amm(netuid).await.unwrap();
        let refused = amm.trade(trade, limits, scene.friend).await.map(drop);
        scene.assert_nothing_sent(refused, "ERC20InsufficientBalance");
    }
}

#[tokio::test]
async fn registration_in_inactive_subnet_is_refused_unsent_by_nodes_with_and_without_overrides() {
    for fault in [None].into_iter().chain(without_overrides().map(Some)) {
        let scene = Scene::new().await;
        let owner = scene.chain.connect_as(1).await;
        let price = owner.subnets().lock_cost().await.unwrap();
        let netuid = owner.subnets().register(&new_subnet(), price).await.unwrap().netuid;
        fault.into_iter().for_each(|fault| scene.refuse_overrides(fault));
        let wish = miner_of(netuid, 200);
        let quote = scene.hetu.dendrons().quote(&wish).await.unwrap();
        let refused = scene.hetu.dendrons().join(&wish, &quote).await.map(drop);
        scene.assert_nothing_sent(refused, "SUBNET_NOT_ACTIVE");
    }
}

#[tokio::test]
async fn change_that_is_allowed_is_made_by_nodes_with_and_without_overrides() {
    for fault in [None].into_iter().chain(without_overrides().map(Some)) {
        let scene = Scene::new().await;
        let netuid = scene.chain.active_subnet().await;
        fault.into_iter().for_each(|fault| scene.refuse_overrides(fault));
        let wish = miner_of(netuid, 200);
        scene.hetu.dendrons().ensure(&wish).await.unwrap();
        scene.hetu.staking().add(Amount::from_hetu(3)).await.unwrap();
        let me = scene.hetu.address().unwrap();
        let stake = scene.hetu.staking().stake_of(me).await.unwrap();
        assert_eq!(stake.available(), Amount::from_hetu(3));
    }
}
