//! `Weights`: the weights that validators give to miners.

use ethers_core::abi::AbiEncode;
use ethers_core::types::U256;

use super::bindings::overloaded::SetWeightsWithVersionCall;
use super::bindings::weights as generated;
use super::convert::{address, h160, saturated};
use super::{Read, Write};
use crate::model::{Commitment, Contract, SecretWeights, Weight};
use crate::primitives::{Bytes32, keccak256};
use crate::{Address, ChainId, NetUid};

/// Returns the weight, saturated at the maximum of 128 bits: contracts store up to 256 bits.
pub(crate) fn weight(netuid: NetUid, validator: Address, dendron: Address) -> Read<u128> {
    let call = generated::WeightsCall {
        netuid: netuid.get(),
        validator: h160(validator),
        dest: h160(dendron),
    };
    Read::new(call, |generated::WeightsReturn(weight)| saturated_128(weight))
}

pub(crate) fn row(netuid: NetUid, validator: Address) -> Read<Vec<Weight>> {
    let call = generated::GetWeightsCall { netuid: netuid.get(), validator: h160(validator) };
    Read::new(call, |generated::GetWeightsReturn { result }| {
        result.into_iter().map(from_contract).collect()
    })
    .beyond_published(Contract::Weights)
}

/// Returns the block in which the validator set its row, or `None` if it never did.
pub(crate) fn last_set(netuid: NetUid, validator: Address) -> Read<Option<u64>> {
    let call = generated::LastSetCall { netuid: netuid.get(), validator: h160(validator) };
    Read::new(call, |generated::LastSetReturn { block_number }| {
        Some(saturated(block_number)).filter(|&block| block > 0)
    })
    .beyond_published(Contract::Weights)
}

pub(crate) fn version_key(netuid: NetUid) -> Read<u64> {
    let call = generated::WeightsVersionKeyCall { netuid: netuid.get() };
    Read::new(call, |generated::WeightsVersionKeyReturn { version_key }| saturated(version_key))
        .beyond_published(Contract::Weights)
}

/// Returns `None` for a commitment of zeros.
pub(crate) fn commitment(netuid: NetUid, validator: Address) -> Read<Option<Commitment>> {
    let call = generated::CommitmentsCall { netuid: netuid.get(), validator: h160(validator) };
    Read::new(call, |committed: generated::CommitmentsReturn| {
        let hash = Bytes32::from(committed.commitment);
        (hash != Bytes32::default()).then_some(Commitment {
            hash,
            reveal_from: committed.reveal_from,
            reveal_until: committed.reveal_until,
        })
    })
    .beyond_published(Contract::Weights)
}

/// Returns the hash that a validator commits to (`commitmentOf`). It contains chain, contract,
/// subnet and validator, so no other validator can use it.
pub(crate) fn commitment_of(
    chain: ChainId,
    contract: Address,
    netuid: NetUid,
    validator: Address,
    secret: &SecretWeights,
) -> Bytes32 {
    let encoded = AbiEncode::encode((
        U256::from(chain.get()),
        h160(contract),
        netuid.get(),
        h160(validator),
        to_contract(&secret.weights),
        U256::from(secret.version_key),
        *secret.salt.as_bytes(),
    ));
    Bytes32::from(keccak256(encoded))
}

pub(crate) fn set(netuid: NetUid, weights: &[Weight]) -> Write {
    let new_weights = to_contract(weights);
    Write::new(generated::SetWeightsCall { netuid: netuid.get(), new_weights })
}

pub(crate) fn set_with_version(netuid: NetUid, weights: &[Weight], version_key: u64) -> Write {
    Write::new(SetWeightsWithVersionCall {
        netuid: netuid.get(),
        new_weights: to_contract(weights),
        version_key: version_key.into(),
    })
    .beyond_published(Contract::Weights)
}

pub(crate) fn commit(netuid: NetUid, commitment: Bytes32) -> Write {
    let commitment = *commitment.as_bytes();
    Write::new(generated::CommitWeightsCall { netuid: netuid.get(), commitment })
        .beyond_published(Contract::Weights)
}

pub(crate) fn reveal(netuid: NetUid, secret: &SecretWeights) -> Write {
    Write::new(generated::RevealWeightsCall {
        netuid: netuid.get(),
        new_weights: to_contract(&secret.weights),
        version_key: secret.version_key.into(),
        salt: *secret.salt.as_bytes(),
    })
    .beyond_published(Contract::Weights)
}

pub(crate) fn set_version_key(netuid: NetUid, version_key: u64) -> Write {
    let version_key = version_key.into();
    Write::new(generated::SetWeightsVersionKeyCall { netuid: netuid.get(), version_key })
        .beyond_published(Contract::Weights)
}

fn to_contract(weights: &[Weight]) -> Vec<generated::Weight> {
    let entry = |&Weight { dendron, weight }| generated::Weight {
        dest: h160(dendron),
        weight: weight.into(),
    };
    weights.iter().map(entry).collect()
}

fn from_contract(generated::Weight { dest, weight }: generated::Weight) -> Weight {
    Weight { dendron: address(dest), weight: saturated_128(weight) }
}

fn saturated_128(value: U256) -> u128 {
    value.min(U256::from(u128::MAX)).as_u128()
}
