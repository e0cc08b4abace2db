//! Trades of a subnet's token.

use std::time::Duration;

use hetu_chain::model::TradeLimits;
use hetu_chain::stakework::{Mechanism, Trade, TradeDirection};
use hetu_chain::{Amount, ChainError, Hetutensor, NetUid};

use crate::setup::{Chain, chain};

fn at_least(amount: Amount) -> TradeLimits {
    TradeLimits { at_least: amount, within: Duration::from_secs(30) }
}

const fn buy(amount_in: Amount) -> Trade {
    Trade { direction: TradeDirection::HetuToAlpha, amount_in }
}

const fn sell(amount_in: Amount) -> Trade {
    Trade { direction: TradeDirection::AlphaToHetu, amount_in }
}

async fn subnet() -> (Chain, NetUid, Hetutensor) {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let trader = chain.connect_as(5).await;
    (chain, netuid, trader)
}

#[tokio::test]
async fn a_trade_brings_to_the_wei_what_its_preview_says() {
    let (_chain, netuid, trader) = subnet().await;
    let me = trader.address().unwrap();
    let amm = trader.amm(netuid).await.unwrap();
    let alpha = trader.tokens().alpha(netuid).await.unwrap();

    let paid = "3.000000000000000007".parse().unwrap();
    let preview = amm.quote(buy(paid)).await.unwrap();
    assert!(preview.is_possible);
    let computed = amm.info().await.unwrap().pool.preview(buy(paid)).unwrap();
    assert_eq!(
        (computed.amount_out, computed.new_price),
        (preview.amount_out, preview.price_after)
    );
    let bought = amm.trade(buy(paid), at_least(preview.amount_out), me).await.unwrap();
    assert_eq!((bought.paid, bought.received), (paid, preview.amount_out));
    assert_eq!(bought.price_after, preview.price_after);
    assert_eq!(alpha.balance(me).await.unwrap(), bought.received);
    assert_eq!(amm.price().await.unwrap(), bought.price_after);

    let half = Amount::from_wei(bought.received.to_wei().unwrap() / 2);
    let preview = amm.quote(sell(half)).await.unwrap();
    let before = trader.tokens().wrapped_balance(me).await.unwrap();
    let sold = amm.trade(sell(half), at_least(preview.amount_out), me).await.unwrap();
    assert_eq!((sold.paid, sold.received), (half, preview.amount_out));
    let after = trader.tokens().wrapped_balance(me).await.unwrap();
    assert_eq!(after.checked_sub(before), Some(sold.received));
    assert_eq!(
        alpha.allowance(me, amm.address()).await.unwrap(),
        Amount::ZERO,
        "no more than sold"
    );

    let volume = amm.trader(me).await.unwrap();
    assert_eq!((volume.volume, volume.share), (amm.info().await.unwrap().volume, 10_000));
}

#[tokio::test]
async fn a_trade_that_brings_too_little_is_not_made() {
    let (_chain, netuid, trader) = subnet().await;
    let me = trader.address().unwrap();
    let amm = trader.amm(netuid).await.unwrap();
    let paid = Amount::from_hetu(1);
    let preview = amm.quote(buy(paid)).await.unwrap();
    let more = preview.amount_out.saturating_add(Amount::from_wei(1));
    let error = amm.trade(buy(paid), at_least(more), me).await.unwrap_err();
    assert!(error.is_revert("AMM: INSUFFICIENT_OUTPUT_AMOUNT"), "{error}");

    let error = amm.trade(buy(Amount::from_hetu(2_000)), at_least(paid), me).await.unwrap_err();
    assert!(error.is_revert("AMM: INSUFFICIENT_LIQUIDITY"), "{error}");
    let too_much = amm.quote(buy(Amount::from_hetu(2_000))).await.unwrap();
    assert_eq!((too_much.is_possible, too_much.amount_out), (false, Amount::ZERO));
    let without_alpha = amm.trade(sell(paid), at_least(Amount::ZERO), me).await.unwrap_err();
    assert!(matches!(without_alpha, ChainError::Reverted { .. }), "{without_alpha}");
}

#[tokio::test]
async fn a_pool_tells_all_about_itself() {
    let (chain, netuid, trader) = subnet().await;
    let amm = trader.amm(netuid).await.unwrap();
    assert_eq!(amm.netuid(), netuid);
    let info = amm.info().await.unwrap();
    let pool = info.pool;
    let hundred = Amount::from_hetu(100);
    assert_eq!(
        (pool.mechanism, pool.hetu_reserve, pool.alpha_reserve),
        (Mechanism::Dynamic, hundred, hundred)
    );
    assert_eq!((info.price, pool.minimum_liquidity), (Amount::from_hetu(1), Amount::from_hetu(10)));
    assert_eq!(amm.moving_price().await.unwrap(), info.moving_price);
    assert_eq!(amm.token_balances().await.unwrap(), (hundred, hundred));
    let statistics = amm.statistics().await.unwrap();
    assert_eq!((statistics.volume, statistics.liquidity), (Amount::ZERO, Amount::from_hetu(200)));
    let health = amm.health().await.unwrap();
    assert_eq!((health.is_healthy, health.liquidity_ratio), (true, 100_000));
    assert!(amm.check_reserves().await.unwrap().is_consistent);
    let large = amm.large_trade(buy(Amount::from_hetu(10))).await.unwrap();
    assert_eq!((large.is_large, large.share_of_pool), (true, 1_000));
    assert_eq!(amm.slippage(buy(Amount::from_hetu(10))).await.unwrap(), 909);
    assert_eq!(amm.system_address().await.unwrap(), chain.wallet(0).address());
    amm.update_moving_price().await.unwrap();
    let error = trader.amm(NetUid::new(9)).await.unwrap_err();
    assert!(matches!(error, ChainError::NoSubnet(_)), "{error}");
}

#[tokio::test]
async fn liquidity_is_the_system_addresss_alone() {
    let (chain, netuid, trader) = subnet().await;
    let me = trader.address().unwrap();
    let one = Amount::from_hetu(1);
    let amm = trader.amm(netuid).await.unwrap();
    let error = amm.add_liquidity(one, one).await.unwrap_err();
    assert!(error.is_revert("AMM: ONLY_SYSTEM"), "{error}");
    let error = amm.remove_liquidity(one, one, me).await.unwrap_err();
    assert!(error.is_revert("AMM: ONLY_SYSTEM"), "{error}");
    let error = amm.skim_surplus(me).await.unwrap_err();
    assert!(error.is_revert("AMM: ONLY_SYSTEM"), "{error}");

    let system = chain.connect_as(0).await;
    let pool = system.amm(netuid).await.unwrap();
    let alpha = system.tokens().alpha(netuid).await.unwrap();
    let receiver = system.address().unwrap();
    pool.remove_liquidity(one, one, receiver).await.unwrap();
    assert_eq!(alpha.balance(receiver).await.unwrap(), one);
    system.tokens().approve(pool.address(), one).await.unwrap();
    alpha.approve(pool.address(), one).await.unwrap();
    pool.add_liquidity(one, one).await.unwrap();
    assert_eq!(pool.info().await.unwrap().pool.hetu_reserve, Amount::from_hetu(100));

    trader.tokens().wrap(one).await.unwrap();
    trader.tokens().transfer_wrapped(pool.address(), one).await.unwrap();
    assert!(!pool.check_reserves().await.unwrap().is_consistent);
    pool.skim_surplus(receiver).await.unwrap();
    assert!(pool.check_reserves().await.unwrap().is_consistent);
}

#[tokio::test]
async fn the_factory_knows_its_pools() {
    let (chain, netuid, trader) = subnet().await;
    let subnet = trader.subnets().info(netuid).await.unwrap();
    let pools = trader.pools();
    assert_eq!(pools.of(netuid).await.unwrap(), Some(subnet.pool));
    assert_eq!(pools.of(NetUid::new(9)).await.unwrap(), None);
    assert!(pools.is_pool(subnet.pool).await.unwrap());
    assert!(!pools.is_pool(subnet.alpha_token).await.unwrap());
    let factory = pools.factory().await.unwrap();
    assert_eq!((factory.pools, factory.creator), (1, chain.wallet(0).address()));
    let listed = pools.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].address, listed[0].netuid), (subnet.pool, netuid));
    assert_eq!(listed[0].mechanism, Mechanism::Dynamic);
}
