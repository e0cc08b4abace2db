//! `SubnetManager`: subnets and their hyperparameters.

use super::bindings::subnet_manager as generated;
use super::convert::{address, amount, saturated};
use super::{Read, Write};
use crate::model::{Hyperparameters, Subnet};
use crate::{Amount, NetUid};

pub(crate) fn total_networks() -> Read<u16> {
    Read::new(generated::TotalNetworksCall, |generated::TotalNetworksReturn(count)| count)
}

pub(crate) fn subnet_exists(netuid: NetUid) -> Read<bool> {
    let call = generated::SubnetExistsCall { netuid: netuid.get() };
    Read::new(call, |generated::SubnetExistsReturn { exists }| exists)
}

pub(crate) fn subnet_info(netuid: NetUid) -> Read<Subnet> {
    let call = generated::GetSubnetInfoCall { netuid: netuid.get() };
    Read::new(call, |generated::GetSubnetInfoReturn(info)| subnet(info))
}

pub(crate) fn hyperparameters(netuid: NetUid) -> Read<Hyperparameters> {
    let call = generated::GetSubnetHyperparamsCall { netuid: netuid.get() };
    Read::new(call, |generated::GetSubnetHyperparamsReturn(raw)| from_contract(raw))
}

pub(crate) fn lock_cost() -> Read<Amount> {
    let call = generated::GetNetworkLockCostCall;
    Read::new(call, |generated::GetNetworkLockCostReturn(cost)| amount(cost))
}

pub(crate) fn register_network(
    name: &str,
    description: &str,
    token_name: &str,
    token_symbol: &str,
) -> Write {
    Write::new(generated::RegisterNetworkCall {
        name: name.to_owned(),
        description: description.to_owned(),
        token_name: token_name.to_owned(),
        token_symbol: token_symbol.to_owned(),
    })
}

pub(crate) fn activate_subnet(netuid: NetUid) -> Write {
    Write::new(generated::ActivateSubnetCall { netuid: netuid.get() })
}

fn subnet(info: generated::SubnetInfo) -> Subnet {
    Subnet {
        netuid: NetUid::new(info.netuid),
        owner: address(info.owner),
        alpha_token: address(info.alpha_token),
        pool: address(info.amm_pool),
        locked: amount(info.locked_amount),
        pool_initial: amount(info.pool_initial_tao),
        burned: amount(info.burned_amount),
        created_at: saturated(info.created_at),
        is_active: info.is_active,
        name: info.name,
        description: info.description,
    }
}

pub(super) fn from_contract(raw: generated::SubnetHyperparams) -> Hyperparameters {
    Hyperparameters {
        rho: raw.rho,
        kappa: raw.kappa,
        immunity_period: raw.immunity_period,
        tempo: raw.tempo,
        max_validators: raw.max_validators,
        activity_cutoff: raw.activity_cutoff,
        max_allowed_uids: raw.max_allowed_uids,
        max_allowed_validators: raw.max_allowed_validators,
        min_allowed_weights: raw.min_allowed_weights,
        max_weights_limit: raw.max_weights_limit,
        base_dendron_cost: amount(raw.base_neuron_cost),
        current_difficulty: raw.current_difficulty,
        target_registrations_per_interval: raw.target_regs_per_interval,
        max_registrations_per_block: raw.max_regs_per_block,
        weights_rate_limit: raw.weights_rate_limit,
        registration_allowed: raw.registration_allowed,
        commit_reveal_enabled: raw.commit_reveal_enabled,
        commit_reveal_period: raw.commit_reveal_period,
        serving_rate_limit: raw.serving_rate_limit,
        validator_threshold: amount(raw.validator_threshold),
        dendron_threshold: amount(raw.neuron_threshold),
    }
}
