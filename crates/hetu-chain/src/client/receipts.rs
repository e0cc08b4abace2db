//! What transactions left behind.

use super::Hetutensor;
use crate::events::{EventSources, log_of};
use crate::model::{ChainEvent, Log, Subnet, TransactionReceipt};
use crate::rpc::{Quantity, RawReceipt};
use crate::{Amount, BlockId};

impl Hetutensor {
    /// The receipt, with the events of the network's contracts.
    pub(crate) fn receipt(&self, raw: RawReceipt) -> TransactionReceipt {
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

    fn events_of(&self, logs: &[Log]) -> Vec<ChainEvent> {
        let mut sources = EventSources::clone(&self.sources().load());
        sources.add_registered(logs);
        logs.iter().filter_map(|log| sources.decode(log)).collect()
    }

    /// Remembers the addresses of a subnet's own contracts, so that receipts hold their events.
    pub(crate) fn remember_contracts_of(&self, subnet: &Subnet) {
        let sources = self.sources();
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
