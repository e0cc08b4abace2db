//! Selection of events.

use std::collections::BTreeSet;

use crate::abi::EventSources;
use crate::model::{ChainEvent, Contract, EventGroup};
use crate::{Address, NetUid};

/// The selected groups and subnets. An empty set selects all.
#[derive(Clone, Debug, Default)]
pub(super) struct EventFilter {
    pub(super) groups: BTreeSet<EventGroup>,
    pub(super) netuids: BTreeSet<NetUid>,
}

impl EventFilter {
    pub(super) fn wants(&self, event: &ChainEvent) -> bool {
        self.wants_group(event.group())
            && (self.netuids.is_empty()
                || event.netuid().is_some_and(|netuid| self.netuids.contains(&netuid)))
    }

    /// Returns `true` if the filter selects events of contracts that exist once per subnet.
    pub(super) fn wants_contracts_of_subnets(&self) -> bool {
        groups_of(Contract::AlphaToken(NetUid::new(0))).iter().any(|group| self.wants_group(*group))
            || self.wants_group(EventGroup::Pool)
    }

    /// Returns the addresses to request logs of, in ascending order.
    pub(super) fn addresses(&self, sources: &EventSources) -> BTreeSet<Address> {
        let wanted = sources.iter().filter(|(_, contract)| self.wants_contract(*contract));
        wanted.map(|(address, _)| address).collect()
    }

    fn wants_contract(&self, contract: Contract) -> bool {
        // The subnet manager reports new subnets, and their contracts have to be added.
        if contract == Contract::SubnetManager && self.wants_contracts_of_subnets() {
            return true;
        }
        let is_of_wanted_subnet = self.netuids.is_empty()
            || match contract {
                Contract::Whetu | Contract::Timelock => false,
                Contract::AlphaToken(netuid) | Contract::Pool(netuid) => {
                    self.netuids.contains(&netuid)
                }
                _ => true,
            };
        is_of_wanted_subnet && groups_of(contract).iter().any(|group| self.wants_group(*group))
    }

    fn wants_group(&self, group: EventGroup) -> bool {
        self.groups.is_empty() || self.groups.contains(&group)
    }
}

/// Returns the groups of the events that a contract emits.
const fn groups_of(contract: Contract) -> &'static [EventGroup] {
    match contract {
        Contract::Whetu => &[EventGroup::Token],
        Contract::AlphaToken(_) => &[EventGroup::Token, EventGroup::Governance],
        Contract::GlobalStaking => &[EventGroup::Staking, EventGroup::Governance],
        Contract::SubnetManager => &[EventGroup::Subnet, EventGroup::Governance],
        Contract::DendronManager => &[EventGroup::Dendron, EventGroup::Governance],
        Contract::Weights => &[EventGroup::Weights],
        Contract::AmmFactory | Contract::Pool(_) => &[EventGroup::Pool],
        Contract::RewardDistributor => &[EventGroup::Rewards, EventGroup::Governance],
        Contract::Timelock => &[EventGroup::Governance],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::presets;

    fn filter(groups: &[EventGroup], netuids: &[u16]) -> EventFilter {
        EventFilter {
            groups: groups.iter().copied().collect(),
            netuids: netuids.iter().copied().map(NetUid::new).collect(),
        }
    }

    #[test]
    fn nodes_are_asked_only_for_contracts_that_can_report_what_is_wanted() {
        let contracts = presets::local().contracts;
        let mut sources = EventSources::new(&contracts);
        let (token, pool) = (Address::new([1; 20]), Address::new([2; 20]));
        sources.add(token, Contract::AlphaToken(NetUid::new(1)));
        sources.add(pool, Contract::Pool(NetUid::new(1)));
        let asked = |groups: &[EventGroup], netuids: &[u16]| {
            filter(groups, netuids).addresses(&sources).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(asked(&[EventGroup::Weights], &[]), [contracts.weights]);
        assert_eq!(asked(&[EventGroup::Dendron], &[1]), [contracts.dendron_manager]);
        let pools = asked(&[EventGroup::Pool], &[1]);
        assert!(pools.contains(&pool) && pools.contains(&contracts.subnet_manager));
        assert!(!asked(&[EventGroup::Pool], &[2]).contains(&pool));
        assert!(!asked(&[], &[1]).contains(&contracts.whetu));
        assert_eq!(asked(&[], &[]).len(), contracts.iter().count() - 1 + 2, "all but the Lens");
    }
}
