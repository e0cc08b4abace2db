//! Events of `SubnetAMM`, one for each subnet, and of `SubnetAMMFactory`.

use crate::NetUid;
use crate::abi::bindings::subnet_amm::SubnetAmmEvents;
use crate::abi::bindings::subnet_amm_factory::SubnetAmmFactoryEvents;
use crate::abi::convert::{address, amount, saturated};
use crate::model::{ChainEvent, PoolEvent};

pub(super) fn convert_factory(event: SubnetAmmFactoryEvents) -> ChainEvent {
    use SubnetAmmFactoryEvents as Event;
    ChainEvent::Pool(match event {
        Event::PoolCreatedFilter(event) => PoolEvent::Created {
            netuid: NetUid::new(event.netuid),
            hetu_token: address(event.hetu_token),
            alpha_token: address(event.alpha_token),
            pool: address(event.pool),
            count: saturated(event.pools_length),
        },
        Event::SubnetManagerSetFilter(event) => {
            PoolEvent::SubnetManagerSet { subnet_manager: address(event.subnet_manager) }
        }
    })
}

pub(super) fn convert_pool(netuid: NetUid, event: SubnetAmmEvents) -> ChainEvent {
    use SubnetAmmEvents as Event;
    ChainEvent::Pool(match event {
        Event::SwapHETUForAlphaFilter(event) => PoolEvent::AlphaBought {
            netuid,
            account: address(event.user),
            hetu_in: amount(event.hetu_amount_in),
            alpha_out: amount(event.alpha_amount_out),
            price: amount(event.new_price),
        },
        Event::SwapAlphaForHETUFilter(event) => PoolEvent::AlphaSold {
            netuid,
            account: address(event.user),
            alpha_in: amount(event.alpha_amount_in),
            hetu_out: amount(event.hetu_amount_out),
            price: amount(event.new_price),
        },
        Event::PriceUpdatedFilter(event) => PoolEvent::PriceChanged {
            netuid,
            price: amount(event.current_price),
            moving_price: amount(event.moving_price),
        },
        Event::ReservesUpdatedFilter(event) => PoolEvent::ReservesChanged {
            netuid,
            hetu: amount(event.subnet_hetu),
            alpha_in: amount(event.subnet_alpha_in),
            alpha_out: amount(event.subnet_alpha_out),
        },
        Event::LiquidityInjectedFilter(event) => PoolEvent::LiquidityAdded {
            netuid,
            account: address(event.injector),
            hetu: amount(event.hetu_amount),
            alpha: amount(event.alpha_amount),
        },
        Event::LiquidityWithdrawnFilter(event) => PoolEvent::LiquidityRemoved {
            netuid,
            account: address(event.withdrawer),
            hetu: amount(event.hetu_amount),
            alpha: amount(event.alpha_amount),
        },
        Event::SurplusSkimmedFilter(event) => PoolEvent::SurplusSkimmed {
            netuid,
            to: address(event.to),
            hetu: amount(event.hetu_amount),
            alpha: amount(event.alpha_amount),
        },
    })
}
