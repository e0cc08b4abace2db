//! `SubnetAMM`: the pool of a subnet, and `SubnetAMMFactory`, which creates pools.

use ethers_core::types::U256;

use super::bindings::{subnet_amm as generated, subnet_amm_factory as factory};
use super::convert::{address, amount, h160, saturated, u256};
use super::{Read, Write};
use crate::model::{
    Contract, LargeTrade, PoolFactoryInfo, PoolHealth, PoolInfo, PoolStatistics, PoolSummary,
    ReserveCheck, TradeQuote, TraderVolume,
};
use crate::stakework::{AmmPool, Mechanism, Trade, TradeDirection};
use crate::{Address, Amount, NetUid};

pub(crate) fn info() -> Read<PoolInfo> {
    Read::checked(generated::GetPoolInfoCall, |info: generated::GetPoolInfoReturn| {
        Ok(PoolInfo {
            pool: AmmPool {
                mechanism: mechanism(info.mechanism)?,
                hetu_reserve: amount(info.subnet_hetu),
                alpha_reserve: amount(info.subnet_alpha_in),
                minimum_liquidity: amount(info.minimum_liquidity),
            },
            alpha_outside: amount(info.subnet_alpha_out),
            price: amount(info.current_price),
            moving_price: amount(info.moving_price),
            volume: amount(info.total_volume),
        })
    })
}

pub(crate) fn statistics() -> Read<PoolStatistics> {
    Read::new(generated::GetStatisticsCall, |figures: generated::GetStatisticsReturn| {
        PoolStatistics {
            volume: amount(figures.total_volume),
            price: amount(figures.current_price),
            moving_price: amount(figures.moving_price),
            price_updated_at: saturated(figures.price_update_block),
            liquidity: amount(figures.total_liquidity),
        }
    })
}

/// Returns the price that the reserves imply now.
pub(crate) fn price() -> Read<Amount> {
    Read::new(generated::GetAlphaPriceCall, |generated::GetAlphaPriceReturn { price }| {
        amount(price)
    })
}

pub(crate) fn moving_price() -> Read<Amount> {
    let call = generated::GetMovingAlphaPriceCall;
    Read::new(call, |generated::GetMovingAlphaPriceReturn(price)| amount(price))
}

pub(crate) fn quote(trade: Trade) -> Read<TradeQuote> {
    let call = generated::GetSwapPreviewCall {
        amount_in: u256(trade.amount_in),
        is_hetu_to_alpha: trade.direction == TradeDirection::HetuToAlpha,
    };
    Read::new(call, |preview: generated::GetSwapPreviewReturn| TradeQuote {
        amount_out: amount(preview.amount_out),
        price_impact: saturated(preview.price_impact),
        price_after: amount(preview.new_price),
        is_possible: preview.is_liquidity_sufficient,
    })
}

/// Returns the slippage in basis points.
pub(crate) fn slippage(trade: Trade) -> Read<u64> {
    let call = generated::CalculateSlippageCall {
        amount_in: u256(trade.amount_in),
        is_hetu_to_alpha: trade.direction == TradeDirection::HetuToAlpha,
    };
    Read::new(call, |generated::CalculateSlippageReturn { slippage_rate }| saturated(slippage_rate))
}

pub(crate) fn large_trade(trade: Trade) -> Read<LargeTrade> {
    let call = generated::CheckLargeTradeWarningCall {
        amount_in: u256(trade.amount_in),
        is_hetu_to_alpha: trade.direction == TradeDirection::HetuToAlpha,
    };
    Read::new(call, |warning: generated::CheckLargeTradeWarningReturn| LargeTrade {
        is_large: warning.is_large_trade,
        share_of_pool: saturated(warning.percentage_of_pool),
        warning: warning.warning,
    })
}

pub(crate) fn health() -> Read<PoolHealth> {
    Read::new(generated::GetPoolHealthCall, |health: generated::GetPoolHealthReturn| PoolHealth {
        is_healthy: health.is_healthy,
        status: health.status,
        liquidity_ratio: saturated(health.liquidity_ratio),
    })
}

pub(crate) fn check_reserves() -> Read<ReserveCheck> {
    Read::new(generated::VerifyReservesCall, |check: generated::VerifyReservesReturn| {
        ReserveCheck { is_consistent: check.is_consistent, message: check.message }
    })
}

/// Returns the WHETU and alpha that the pool holds, recorded or not.
pub(crate) fn token_balances() -> Read<(Amount, Amount)> {
    Read::new(generated::GetTokenBalancesCall, |held: generated::GetTokenBalancesReturn| {
        (amount(held.hetu_balance), amount(held.alpha_balance))
    })
}

pub(crate) fn trader(account: Address) -> Read<TraderVolume> {
    let call = generated::GetUserStatsCall { user: h160(account) };
    Read::new(call, |stats: generated::GetUserStatsReturn| TraderVolume {
        volume: amount(stats.user_volume),
        share: saturated(stats.user_volume_percentage),
    })
}

pub(crate) fn system_address() -> Read<Address> {
    Read::new(generated::SystemAddressCall, |generated::SystemAddressReturn(system)| {
        address(system)
    })
}

pub(crate) fn swap(trade: Trade, at_least: Amount, to: Address) -> Write {
    match trade.direction {
        TradeDirection::HetuToAlpha => Write::new(generated::SwapHETUForAlphaCall {
            hetu_amount_in: u256(trade.amount_in),
            alpha_amount_out_min: u256(at_least),
            to: h160(to),
        }),
        TradeDirection::AlphaToHetu => Write::new(generated::SwapAlphaForHETUCall {
            alpha_amount_in: u256(trade.amount_in),
            hetu_amount_out_min: u256(at_least),
            to: h160(to),
        }),
    }
}

pub(crate) fn inject(hetu: Amount, alpha: Amount) -> Write {
    let (hetu_amount, alpha_amount) = (u256(hetu), u256(alpha));
    Write::new(generated::InjectLiquidityCall { hetu_amount, alpha_amount })
}

pub(crate) fn withdraw(hetu: Amount, alpha: Amount, to: Address) -> Write {
    let (hetu_amount, alpha_amount) = (u256(hetu), u256(alpha));
    Write::new(generated::WithdrawLiquidityCall { hetu_amount, alpha_amount, to: h160(to) })
}

pub(crate) fn skim(netuid: NetUid, to: Address) -> Write {
    Write::new(generated::SkimSurplusCall { to: h160(to) }).beyond_published(Contract::Pool(netuid))
}

pub(crate) fn update_moving_price() -> Write {
    Write::new(generated::UpdateMovingPriceCall)
}

/// Returns `None` if the subnet has no pool.
pub(crate) fn pool_of(netuid: NetUid) -> Read<Option<Address>> {
    let call = factory::GetPoolCall { netuid: netuid.get() };
    Read::new(call, |factory::GetPoolReturn { pool }| {
        Some(address(pool)).filter(|pool| !pool.is_zero())
    })
}

pub(crate) fn is_pool(contract: Address) -> Read<bool> {
    let call = factory::IsPoolCall { pool: h160(contract) };
    Read::new(call, |factory::IsPoolReturn { known }| known)
}

pub(crate) fn factory_info() -> Read<PoolFactoryInfo> {
    Read::new(factory::GetFactoryInfoCall, |info: factory::GetFactoryInfoReturn| PoolFactoryInfo {
        creator: address(info.creator),
        system_address: address(info.system_address),
        created_at: saturated(info.created_at),
        pools: saturated(info.total_pools),
    })
}

pub(crate) fn pools(start: u64, end: u64) -> Read<Vec<PoolSummary>> {
    let call = factory::GetPoolsInfoCall { start: start.into(), end: end.into() };
    Read::checked(call, |page: factory::GetPoolsInfoReturn| {
        let length = page.pools.len();
        if [page.netuids.len(), page.mechanisms.len(), page.total_volumes.len()] != [length; 3] {
            return Err("its lists have different lengths".into());
        }
        let figures = page.netuids.into_iter().zip(page.mechanisms).zip(page.total_volumes);
        page.pools.into_iter().zip(figures).map(pool_summary).collect()
    })
}

type PoolFigures = ((u16, u8), U256);

fn pool_summary(
    (pool, ((netuid, mechanism_number), volume)): (ethers_core::types::H160, PoolFigures),
) -> Result<PoolSummary, String> {
    Ok(PoolSummary {
        address: address(pool),
        netuid: NetUid::new(netuid),
        mechanism: mechanism(mechanism_number)?,
        volume: amount(volume),
    })
}

fn mechanism(number: u8) -> Result<Mechanism, String> {
    match number {
        0 => Ok(Mechanism::Stable),
        1 => Ok(Mechanism::Dynamic),
        other => Err(format!("{other} is no mechanism")),
    }
}
