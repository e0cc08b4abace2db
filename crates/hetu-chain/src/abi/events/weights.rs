//! Events of `Weights`.

use ethers_core::types::U256;

use crate::NetUid;
use crate::abi::bindings::weights::{self as generated, WeightsEvents as Event};
use crate::abi::convert::{address, saturated};
use crate::model::{ChainEvent, Weight, WeightsEvent};

pub(super) fn convert(event: Event) -> ChainEvent {
    ChainEvent::Weights(match event {
        Event::WeightsSetFilter(event) => WeightsEvent::Set {
            netuid: NetUid::new(event.netuid),
            validator: address(event.validator),
            weights: event.weights.into_iter().map(weight).collect(),
        },
        Event::WeightsCommittedFilter(event) => WeightsEvent::Committed {
            netuid: NetUid::new(event.netuid),
            validator: address(event.validator),
            commitment: event.commitment.into(),
            reveal_from: saturated(event.reveal_from),
            reveal_until: saturated(event.reveal_until),
        },
        Event::WeightsRevealedFilter(event) => WeightsEvent::Revealed {
            netuid: NetUid::new(event.netuid),
            validator: address(event.validator),
            commitment: event.commitment.into(),
            version_key: saturated(event.version_key),
        },
        Event::WeightsVersionKeySetFilter(event) => WeightsEvent::VersionKeySet {
            netuid: NetUid::new(event.netuid),
            previous: saturated(event.old_version_key),
            current: saturated(event.new_version_key),
        },
    })
}

fn weight(generated::Weight { dest, weight }: generated::Weight) -> Weight {
    let largest = U256::from(u128::MAX);
    Weight { dendron: address(dest), weight: weight.min(largest).as_u128() }
}
