//! `DendronManager` (published as `NeuronManager`): who takes part in a subnet.

use super::bindings::dendron_manager as generated;
use super::convert::{address, h160, saturated, u256};
use super::{Read, Write};
use crate::model::{Dendron, RawEndpoint, Role};
use crate::{Address, Amount, NetUid};

pub(crate) fn addresses(netuid: NetUid) -> Read<Vec<Address>> {
    let call = generated::GetNeuronListCall { netuid: netuid.get() };
    Read::new(call, |generated::GetNeuronListReturn(accounts)| {
        accounts.into_iter().map(address).collect()
    })
}

pub(crate) fn info(netuid: NetUid, account: Address) -> Read<DendronRecord> {
    let call = generated::GetNeuronInfoCall { netuid: netuid.get(), account: h160(account) };
    Read::new(call, |generated::GetNeuronInfoReturn { info }| DendronRecord(info))
}

pub(crate) fn register(
    netuid: NetUid,
    stake: Amount,
    role: Role,
    endpoint: &RawEndpoint,
    metrics_endpoint: &RawEndpoint,
) -> Write {
    Write::new(generated::RegisterNeuronWithStakeAllocationCall {
        netuid: netuid.get(),
        stake_amount: u256(stake),
        is_validator_role: role == Role::Validator,
        axon_endpoint: endpoint.host.clone(),
        axon_port: endpoint.port,
        prometheus_endpoint: metrics_endpoint.host.clone(),
        prometheus_port: metrics_endpoint.port,
    })
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

/// A dendron as the contract returns it: all zero for an account that is none.
#[derive(Debug)]
pub(crate) struct DendronRecord(generated::NeuronInfo);

impl DendronRecord {
    /// The dendron, with the stake that `GlobalStaking` knows: the published contract lets
    /// anyone write the stake of this record.
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
