//! Receipts with the events of the network's contracts, and the contracts of subnets.

use super::Reader;
use crate::abi::{EventSources, log_of, subnet_manager};
use crate::client::error::ChainError;
use crate::model::{ChainEvent, Log, Subnet, TransactionReceipt};
use crate::rpc::{Quantity, RawReceipt};
use crate::{Amount, BlockId, NetUid};

impl Reader {
    /// Returns the receipt, with the events of the network's contracts.
    pub(in crate::client) fn receipt(&self, raw: RawReceipt) -> TransactionReceipt {
        let logs: Vec<_> = raw.logs.into_iter().filter_map(log_of).collect();
        TransactionReceipt {
            transaction: raw.transaction_hash,
            block: BlockId { number: raw.block_number.0, hash: raw.block_hash },
            gas_used: raw.gas_used.0,
            fee: raw.effective_gas_price.map(|Quantity(price)| {
                Amount::from_wei(price.into()).saturating_mul(raw.gas_used.0)
            }),
            created: raw.contract_address,
            events: self.events_of(&logs),
        }
    }

    /// Returns the subnet, and remembers the addresses of its contracts so that receipts contain
    /// their events.
    pub(in crate::client) async fn subnet(&self, netuid: NetUid) -> Result<Subnet, ChainError> {
        let manager = self.network().contracts.subnet_manager;
        let subnet = self.read(manager, subnet_manager::subnet_info(netuid)).await;
        let subnet = subnet.map_err(|error| no_subnet(netuid, error))?;
        self.remember_contracts_of(&subnet);
        Ok(subnet)
    }

    fn events_of(&self, logs: &[Log]) -> Vec<ChainEvent> {
        let mut sources = EventSources::clone(&self.connection.sources.load());
        sources.add_registered(logs);
        logs.iter().filter_map(|log| sources.decode(log)).collect()
    }

    fn remember_contracts_of(&self, subnet: &Subnet) {
        let sources = &self.connection.sources;
        if sources.load().knows(subnet) {
            return;
        }
        sources.rcu(|known| {
            let mut sources = EventSources::clone(known);
            sources.add_subnet(subnet);
            sources
        });
    }
}

/// Returns [`ChainError::NoSubnet`] instead of the contract's refusal of an unknown subnet.
pub(in crate::client) fn no_subnet(netuid: NetUid, error: ChainError) -> ChainError {
    if error.is_revert("SUBNET_NOT_EXISTS") { ChainError::NoSubnet(netuid) } else { error }
}
