//! All members of a subnet at one block, and the indexes over them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use hetu_chain::model::Role;
use hetu_chain::{Address, Amount};

use crate::{Endpoint, Member};

/// Changed members by address, `None` for those that left.
pub(crate) type TouchedMembers = BTreeMap<Address, Option<Arc<Member>>>;

#[derive(Debug, Default)]
pub(crate) struct Members {
    by_address: HashMap<Address, Arc<Member>>,
    miners: Vec<Arc<Member>>,
    validators: Vec<Arc<Member>>,
    total_stake: Amount,
    /// Built at the first lookup by endpoint, because most views are replaced without one.
    by_endpoint: OnceLock<HashMap<String, Vec<Arc<Member>>>>,
}

impl Members {
    pub(crate) fn new(members: impl IntoIterator<Item = Member>) -> Self {
        let by_address: HashMap<_, _> =
            members.into_iter().map(|member| (member.address(), Arc::new(member))).collect();
        let mut all: Vec<_> = by_address.values().cloned().collect();
        all.sort_unstable_by_key(|member| member.rank());
        let of_role = |role| {
            let members = all.iter().filter(|member| member.dendron.role == role);
            members.cloned().collect()
        };
        let (miners, validators) = (of_role(Role::Miner), of_role(Role::Validator));
        Self::of(by_address, miners, validators)
    }

    fn of(
        by_address: HashMap<Address, Arc<Member>>,
        miners: Vec<Arc<Member>>,
        validators: Vec<Arc<Member>>,
    ) -> Self {
        let stakes = by_address.values().map(|member| member.dendron.stake);
        // Issuance bounds the sum of stakes. The saturation keeps a node with false values
        // harmless.
        let total_stake = stakes.fold(Amount::ZERO, Amount::saturating_add);
        Self { by_address, miners, validators, total_stake, by_endpoint: OnceLock::new() }
    }

    /// Returns these members with the changes applied.
    pub(crate) fn with(&self, touched: &TouchedMembers) -> Self {
        let mut by_address = self.by_address.clone();
        for (address, member) in touched {
            match member {
                Some(member) => by_address.insert(*address, Arc::clone(member)),
                None => by_address.remove(address),
            };
        }
        let merge = |known: &[Arc<Member>], role| {
            let came = touched.values().flatten().filter(|member| member.dendron.role == role);
            let mut came: Vec<_> = came.cloned().collect();
            came.sort_unstable_by_key(|member| member.rank());
            let stayed = known.iter().filter(|member| !touched.contains_key(&member.address()));
            merged(stayed.cloned(), came)
        };
        let miners = merge(&self.miners, Role::Miner);
        let validators = merge(&self.validators, Role::Validator);
        Self::of(by_address, miners, validators)
    }

    pub(crate) fn get(&self, address: Address) -> Option<&Arc<Member>> {
        self.by_address.get(&address)
    }

    pub(crate) fn at_endpoint(&self, endpoint: &Endpoint) -> &[Arc<Member>] {
        let index = self.by_endpoint.get_or_init(|| self.index_endpoints());
        index.get(endpoint.authority()).map_or(&[], Vec::as_slice)
    }

    fn index_endpoints(&self) -> HashMap<String, Vec<Arc<Member>>> {
        let mut index = HashMap::<String, Vec<Arc<Member>>>::new();
        for member in self.miners.iter().chain(&self.validators) {
            if let Ok(endpoint) = &member.endpoint {
                index.entry(endpoint.authority().to_owned()).or_default().push(Arc::clone(member));
            }
        }
        index
    }

    pub(crate) fn of_role(&self, role: Role) -> &[Arc<Member>] {
        match role {
            Role::Validator => &self.validators,
            _ => &self.miners,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.by_address.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_address.len()
    }

    pub(crate) const fn total_stake(&self) -> Amount {
        self.total_stake
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.by_address == other.by_address
    }
}

/// Merges two lists that are sorted by rank.
fn merged(stayed: impl Iterator<Item = Arc<Member>>, came: Vec<Arc<Member>>) -> Vec<Arc<Member>> {
    let mut came = came.into_iter().peekable();
    let mut all = Vec::new();
    for member in stayed {
        while let Some(first) = came.next_if(|first| first.rank() < member.rank()) {
            all.push(first);
        }
        all.push(member);
    }
    all.extend(came);
    all
}
