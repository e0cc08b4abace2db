//! `DendronManager` (published as `NeuronManager`): the participants of subnets.

use super::bindings::dendron_manager as generated;
use super::convert::{address, h160, saturated, u256};
use super::{Read, Write};
use crate::model::{Contract, Dendron, RawEndpoint, Registration, Role};
use crate::{Address, Amount, NetUid};

pub(crate) fn addresses(netuid: NetUid) -> Read<Vec<Address>> {
    let call = generated::GetNeuronListCall { netuid: netuid.get() };
    Read::new(call, |generated::GetNeuronListReturn(accounts)| {
        accounts.into_iter().map(address).collect()
    })
}

pub(crate) fn count(netuid: NetUid) -> Read<u64> {
    let call = generated::GetNeuronCountCall { netuid: netuid.get() };
    Read::new(call, |generated::GetNeuronCountReturn(count)| saturated(count))
}

pub(crate) fn validator_count(netuid: NetUid) -> Read<u64> {
    let call = generated::GetSubnetValidatorCountCall { netuid: netuid.get() };
    Read::new(call, |generated::GetSubnetValidatorCountReturn(count)| saturated(count))
}

pub(crate) fn validator_addresses(netuid: NetUid) -> Read<Vec<Address>> {
    let call = generated::GetSubnetValidatorsCall { netuid: netuid.get() };
    Read::new(call, |generated::GetSubnetValidatorsReturn(accounts)| {
        accounts.into_iter().map(address).collect()
    })
}

pub(crate) fn is_dendron(netuid: NetUid, account: Address) -> Read<bool> {
    let call = generated::IsNeuronCall { netuid: netuid.get(), account: h160(account) };
    Read::new(call, |generated::IsNeuronReturn(is_dendron)| is_dendron)
}

pub(crate) fn is_validator(netuid: NetUid, account: Address) -> Read<bool> {
    let call = generated::IsValidatorCall { netuid: netuid.get(), account: h160(account) };
    Read::new(call, |generated::IsValidatorReturn(is_validator)| is_validator)
}

/// Returns `None` if no distributor is set.
pub(crate) fn reward_distributor() -> Read<Option<Address>> {
    let call = generated::RewardDistributorCall;
    Read::new(call, |generated::RewardDistributorReturn(distributor)| {
        Some(address(distributor)).filter(|address| !address.is_zero())
    })
}

pub(crate) fn info(netuid: NetUid, account: Address) -> Read<DendronRecord> {
    let call = generated::GetNeuronInfoCall { netuid: netuid.get(), account: h160(account) };
    Read::new(call, |generated::GetNeuronInfoReturn { info }| DendronRecord(info))
}

pub(crate) fn register(registration: &Registration) -> Write {
    let Registration { netuid, role, stake, endpoint, metrics_endpoint } = registration.clone();
    Write::new(generated::RegisterNeuronWithStakeAllocationCall {
        netuid: netuid.get(),
        stake_amount: u256(stake),
        is_validator_role: role == Role::Validator,
        axon_endpoint: endpoint.host,
        axon_port: endpoint.port,
        prometheus_endpoint: metrics_endpoint.host,
        prometheus_port: metrics_endpoint.port,
    })
}

/// Calls the function of this project's contract, which refuses to charge more than `max_cost`.
pub(crate) fn register_for_at_most(registration: &Registration, max_cost: Amount) -> Write {
    let Registration { netuid, role, stake, endpoint, metrics_endpoint } = registration.clone();
    Write::new(generated::RegisterNeuronForAtMostCall {
        netuid: netuid.get(),
        stake_amount: u256(stake),
        is_validator_role: role == Role::Validator,
        axon_endpoint: endpoint.host,
        axon_port: endpoint.port,
        prometheus_endpoint: metrics_endpoint.host,
        prometheus_port: metrics_endpoint.port,
        max_cost: u256(max_cost),
    })
    .beyond_published(Contract::DendronManager)
}

pub(crate) fn update_endpoints(
    netuid: NetUid,
    endpoint: &RawEndpoint,
    metrics_endpoint: &RawEndpoint,
) -> Write {
    Write::new(generated::UpdateNeuronServiceCall {
        netuid: netuid.get(),
        axon_endpoint: endpoint.host.clone(),
        axon_port: endpoint.port,
        prometheus_endpoint: metrics_endpoint.host.clone(),
        prometheus_port: metrics_endpoint.port,
    })
}

pub(crate) fn deregister(netuid: NetUid) -> Write {
    Write::new(generated::DeregisterNeuronCall { netuid: netuid.get() })
}

pub(crate) fn prune(netuid: NetUid, account: Address) -> Write {
    Write::new(generated::PruneInactiveNeuronCall { netuid: netuid.get(), account: h160(account) })
        .beyond_published(Contract::DendronManager)
}

pub(crate) fn update_stake(netuid: NetUid, account: Address, stake: Amount) -> Write {
    Write::new(generated::UpdateStakeAllocationCall {
        netuid: netuid.get(),
        account: h160(account),
        new_stake: u256(stake),
    })
}

pub(crate) fn set_reward_distributor(distributor: Address) -> Write {
    let reward_distributor = h160(distributor);
    Write::new(generated::SetRewardDistributorCall { reward_distributor })
}

/// A dendron as the contract returns it: all zero for an account that is not a dendron.
#[derive(Debug)]
pub(crate) struct DendronRecord(generated::NeuronInfo);

impl DendronRecord {
    /// Returns the dendron with its stake in `GlobalStaking`: the published contract lets any
    /// account write the stake in this record.
    pub(crate) fn with_stake(self, stake: Amount) -> Option<Dendron> {
        let Self(record) = self;
        let address = address(record.account);
        (!address.is_zero()).then(|| Dendron {
            address,
            netuid: NetUid::new(record.netuid),
            role: if record.is_validator { Role::Validator } else { Role::Miner },
            is_active: record.is_active,
            stake,
            registered_at: record.registration_block,
            last_update: saturated(record.last_update),
            endpoint: RawEndpoint { host: record.axon_endpoint, port: record.axon_port },
            metrics_endpoint: RawEndpoint {
                host: record.prometheus_endpoint,
                port: record.prometheus_port,
            },
        })
    }
}
