//! `Weights`: what validators think of miners.

use super::bindings::weights as generated;
use super::convert::{h160, saturated};
use super::{Read, Write};
use crate::{Address, NetUid};

/// The weight, held at the largest 64-bit number: contracts keep 256 bits.
pub(crate) fn weight(netuid: NetUid, validator: Address, miner: Address) -> Read<u64> {
    let call = generated::WeightsCall {
        netuid: netuid.get(),
        validator: h160(validator),
        dest: h160(miner),
    };
    Read::new(call, |generated::WeightsReturn(weight)| saturated(weight))
}

pub(crate) fn set(netuid: NetUid, weights: &[(Address, u64)]) -> Write {
    let new_weights = weights
        .iter()
        .map(|&(miner, weight)| generated::Weight { dest: h160(miner), weight: weight.into() })
        .collect();
    Write::new(generated::SetWeightsCall { netuid: netuid.get(), new_weights })
}
