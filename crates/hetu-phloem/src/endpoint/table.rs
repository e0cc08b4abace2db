//! The known miners, by account and endpoint.

use std::collections::HashMap;
use std::sync::Arc;

use hetu_chain::Address;
use parking_lot::RwLock;
use tokio::time::Instant;

use super::miner_endpoint::MinerEndpoint;
use crate::{QueryError, Target};

/// Number of endpoints of one account that are kept: the current one on chain, and the previous
/// one, which callers may still use.
const ENDPOINTS_PER_ACCOUNT: usize = 2;

/// The endpoints that calls go to. The least recently used one makes room for a new one.
///
/// The maps of `quick_cache` and `lru` bound single entries; here an account leaves with all of its
/// endpoints, and the endpoints of one account make room for each other.
#[derive(Debug)]
pub(crate) struct EndpointTable {
    accounts: RwLock<HashMap<Address, Vec<Arc<MinerEndpoint>>>>,
    capacity: usize,
    exchanges_per_miner: usize,
    started: Instant,
}

impl EndpointTable {
    /// Returns a table for the endpoints of up to `capacity` accounts.
    pub(crate) fn new(capacity: usize, exchanges_per_miner: usize) -> Self {
        Self {
            accounts: RwLock::default(),
            capacity: capacity.max(1),
            exchanges_per_miner,
            started: Instant::now(),
        }
    }

    /// Returns the endpoint of `target`, if it is known.
    pub(crate) fn get(&self, target: &Target) -> Option<Arc<MinerEndpoint>> {
        let accounts = self.accounts.read();
        find(accounts.get(&target.address)?, target)
    }

    /// Returns the endpoint of `target`, and creates it if it is not known.
    pub(crate) fn endpoint(&self, target: &Target) -> Result<Arc<MinerEndpoint>, QueryError> {
        let endpoint = match self.get(target) {
            Some(known) => known,
            None => self.insert(target)?,
        };
        endpoint.touch(self.now());
        Ok(endpoint)
    }

    fn insert(&self, target: &Target) -> Result<Arc<MinerEndpoint>, QueryError> {
        let made =
            MinerEndpoint::new(target.address, target.endpoint.clone(), self.exchanges_per_miner)?;
        let mut accounts = self.accounts.write();
        if !accounts.contains_key(&target.address) && accounts.len() >= self.capacity {
            forget_some(&mut accounts);
        }
        let endpoints = accounts.entry(target.address).or_default();
        if let Some(known) = find(endpoints, target) {
            return Ok(known);
        }
        if endpoints.len() >= ENDPOINTS_PER_ACCOUNT {
            endpoints.sort_by_key(|endpoint| endpoint.last_used());
            endpoints.remove(0);
        }
        let made = Arc::new(made);
        endpoints.push(Arc::clone(&made));
        Ok(made)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn find(endpoints: &[Arc<MinerEndpoint>], target: &Target) -> Option<Arc<MinerEndpoint>> {
    endpoints.iter().find(|known| known.endpoint == target.endpoint).cloned()
}

/// Removes a sixteenth at once, so that a full table is not sorted at each insertion.
fn forget_some(accounts: &mut HashMap<Address, Vec<Arc<MinerEndpoint>>>) {
    let last_used = |endpoints: &[Arc<MinerEndpoint>]| {
        endpoints.iter().map(|endpoint| endpoint.last_used()).max().unwrap_or_default()
    };
    let mut by_use: Vec<_> =
        accounts.iter().map(|(address, endpoints)| (last_used(endpoints), *address)).collect();
    by_use.sort_unstable();
    for (_, address) in by_use.iter().take(accounts.len() / 16 + 1) {
        accounts.remove(address);
    }
}

#[cfg(test)]
mod tests {
    use hetu_chain::Amount;
    use hetu_chain::model::RawEndpoint;
    use hetu_metastruct::Endpoint;

    use super::*;

    fn target(account: u16, port: u16) -> Target {
        let mut address = [0; 20];
        address[..2].copy_from_slice(&account.to_be_bytes());
        Target {
            address: Address::new(address),
            endpoint: Endpoint::parse(&RawEndpoint::new("8.8.8.8", port), false).unwrap(),
            stake: Amount::ZERO,
        }
    }

    #[test]
    fn an_endpoint_is_that_of_one_account_at_one_place() {
        let table = EndpointTable::new(16, 1);
        let known = table.endpoint(&target(1, 80)).unwrap();
        assert!(Arc::ptr_eq(&known, &table.endpoint(&target(1, 80)).unwrap()));
        for other in [target(2, 80), target(1, 81)] {
            assert!(!Arc::ptr_eq(&known, &table.endpoint(&other).unwrap()));
        }
        assert!(table.get(&target(1, 80)).is_some());
        table.endpoint(&target(1, 82)).unwrap();
        let kept: Vec<_> = [80, 81, 82].map(|port| table.get(&target(1, port)).is_some()).into();
        assert_eq!(kept.iter().filter(|kept| **kept).count(), 2);
        assert!(kept[2]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_used_least_recently_is_forgotten_first() {
        let table = EndpointTable::new(32, 1);
        for account in 0..1_000 {
            tokio::time::advance(std::time::Duration::from_millis(1)).await;
            table.endpoint(&target(account, 80)).unwrap();
            table.endpoint(&target(7, 80)).unwrap();
        }
        let accounts = table.accounts.read();
        assert!(accounts.len() <= 32);
        assert!(accounts.contains_key(&target(7, 80).address));
        assert!(accounts.contains_key(&target(999, 80).address));
        assert!(!accounts.contains_key(&target(8, 80).address));
    }
}
