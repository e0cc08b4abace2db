//! `SubnetManager`: subnets and their hyperparameters.

use super::bindings::overloaded::RegisterNetworkWithRulesAndPermitCall;
use super::bindings::subnet_manager as generated;
use super::convert::{AbiValue, address, amount, h160, saturated, u256};
use super::{Read, Write};
use crate::model::{
    Contract, HyperparameterChanges, Hyperparameters, NetworkParameters, NewSubnet, Permit,
    RegistrationRules, Subnet, SubnetDetails, for_each_hyperparameter,
};
use crate::{Address, Amount, NetUid};

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

/// Returns the number of the next subnet. Correct on the published network too, where `nextNetuid`
/// stays 1.
pub(crate) fn next_netuid() -> Read<NetUid> {
    Read::new(generated::GetNextNetuidCall, |generated::GetNextNetuidReturn(netuid)| {
        NetUid::new(netuid)
    })
}

pub(crate) fn is_active(netuid: NetUid) -> Read<bool> {
    let call = generated::IsSubnetActiveCall { netuid: netuid.get() };
    Read::new(call, |generated::IsSubnetActiveReturn(is_active)| is_active)
}

pub(crate) fn details(netuid: NetUid) -> Read<SubnetDetails> {
    let call = generated::GetSubnetDetailsCall { netuid: netuid.get() };
    Read::new(call, |details: generated::GetSubnetDetailsReturn| SubnetDetails {
        subnet: subnet(details.subnet_info),
        price: amount(details.current_price),
        volume: amount(details.total_volume),
        hetu_reserve: amount(details.hetu_reserve),
        alpha_reserve: amount(details.alpha_reserve),
    })
}

pub(crate) fn owned_by(account: Address) -> Read<Vec<NetUid>> {
    let call = generated::GetUserSubnetsCall { user: h160(account) };
    Read::new(call, |generated::GetUserSubnetsReturn(netuids)| {
        netuids.into_iter().map(NetUid::new).collect()
    })
}

pub(crate) fn network_parameters() -> Read<NetworkParameters> {
    let call = generated::GetNetworkParamsCall;
    Read::new(call, |params: generated::GetNetworkParamsReturn| NetworkParameters {
        min_lock: amount(params.min_lock),
        last_lock: amount(params.last_lock),
        last_lock_block: saturated(params.last_lock_block),
        rate_limit: saturated(params.rate_limit),
        reduction_interval: saturated(params.reduction_interval),
        subnets: params.total_nets,
    })
}

pub(crate) fn lock_cost() -> Read<Amount> {
    let call = generated::GetNetworkLockCostCall;
    Read::new(call, |generated::GetNetworkLockCostReturn(cost)| amount(cost))
}

pub(crate) fn register_network(subnet: &NewSubnet) -> Write {
    let NewSubnet { name, description, token_name, token_symbol } = subnet.clone();
    Write::new(generated::RegisterNetworkCall { name, description, token_name, token_symbol })
}

pub(crate) fn register_network_with_rules(
    subnet: &NewSubnet,
    rules: &HyperparameterChanges,
) -> Write {
    let NewSubnet { name, description, token_name, token_symbol } = subnet.clone();
    Write::new(generated::RegisterNetworkWithPartialCustomCall {
        name,
        description,
        token_name,
        token_symbol,
        custom_hyperparams: to_contract(&rules.or_zeros()),
        use_custom_flags: rules.flags(),
    })
}

/// Calls the published functions, which take a permit for exactly the price in the block that
/// includes the transaction.
pub(crate) fn register_network_with_exact_permit(
    subnet: &NewSubnet,
    rules: &HyperparameterChanges,
    permit: &Permit,
) -> Write {
    let NewSubnet { name, description, token_name, token_symbol } = subnet.clone();
    let (deadline, signature) = (permit.deadline.into(), permit.signature);
    let (v, r, s) = (signature.v(), signature.r(), signature.s());
    if rules.is_empty() {
        return Write::new(generated::RegisterNetworkWithPermitCall {
            name,
            description,
            token_name,
            token_symbol,
            deadline,
            v,
            r,
            s,
        });
    }
    Write::new(generated::RegisterNetworkWithPartialCustomAndPermitCall {
        name,
        description,
        token_name,
        token_symbol,
        custom_hyperparams: to_contract(&rules.or_zeros()),
        use_custom_flags: rules.flags(),
        deadline,
        v,
        r,
        s,
    })
}

/// Calls the functions of this project's contract, which take a permit for the price or more.
pub(crate) fn register_network_with_permit(
    subnet: &NewSubnet,
    rules: &HyperparameterChanges,
    permit: &Permit,
) -> Write {
    let NewSubnet { name, description, token_name, token_symbol } = subnet.clone();
    let (value, deadline) = (u256(permit.value), permit.deadline.into());
    let (v, r, s) = (permit.signature.v(), permit.signature.r(), permit.signature.s());
    let write = if rules.is_empty() {
        Write::new(generated::RegisterNetworkWithPermitOfValueCall {
            name,
            description,
            token_name,
            token_symbol,
            value,
            deadline,
            v,
            r,
            s,
        })
    } else {
        Write::new(RegisterNetworkWithRulesAndPermitCall {
            name,
            description,
            token_name,
            token_symbol,
            custom_hyperparams: to_contract(&rules.or_zeros()),
            use_custom_flags: rules.flags(),
            value,
            deadline,
            v,
            r,
            s,
        })
    };
    write.beyond_published(Contract::SubnetManager)
}

pub(crate) fn activate_subnet(netuid: NetUid) -> Write {
    Write::new(generated::ActivateSubnetCall { netuid: netuid.get() })
}

pub(crate) fn update_hyperparameters(netuid: NetUid, rules: &Hyperparameters) -> Write {
    Write::new(generated::UpdateSubnetHyperparamsCall {
        netuid: netuid.get(),
        new_hyperparams: to_contract(rules),
    })
}

pub(crate) fn add_minter(netuid: NetUid, minter: Address) -> Write {
    Write::new(generated::AddSubnetMinterCall { netuid: netuid.get(), minter: h160(minter) })
}

pub(crate) fn remove_minter(netuid: NetUid, minter: Address) -> Write {
    Write::new(generated::RemoveSubnetMinterCall { netuid: netuid.get(), minter: h160(minter) })
}

pub(crate) fn update_network_parameters(rules: &RegistrationRules) -> Write {
    Write::new(generated::UpdateNetworkParamsCall {
        network_min_lock: u256(rules.min_lock),
        network_rate_limit: rules.rate_limit.into(),
        lock_reduction_interval: rules.reduction_interval.into(),
    })
}

pub(crate) fn update_network_config(rules: &RegistrationRules) -> Write {
    Write::new(generated::UpdateNetworkConfigCall {
        new_min_lock: u256(rules.min_lock),
        new_rate_limit: rules.rate_limit.into(),
        new_interval: rules.reduction_interval.into(),
    })
}

pub(crate) fn reset_lock_cost() -> Write {
    Write::new(generated::ResetNetworkLockStateCall)
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

macro_rules! conversions {
    ($($(#[$documentation:meta])* $name:ident: $kind:ty = $field:ident, $accepted:expr;)*) => {
        pub(super) fn from_contract(raw: generated::SubnetHyperparams) -> Hyperparameters {
            Hyperparameters { $($name: AbiValue::from_abi(raw.$field),)* }
        }

        fn to_contract(rules: &Hyperparameters) -> generated::SubnetHyperparams {
            generated::SubnetHyperparams { $($field: rules.$name.to_abi(),)* }
        }
    };
}

for_each_hyperparameter!(conversions);
