//! Bounded use of a countable resource, in total and by network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::network::network_of;

/// A bound on connections, handshakes or bytes in use, in total and by network.
///
/// Its own memory is bounded by the number of [`QuotaUse`]s.
#[derive(Debug)]
pub(crate) struct NetworkQuota {
    total: usize,
    per_network: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// The bound that a request for more units would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuotaExceeded {
    Total,
    Network,
}

impl QuotaExceeded {
    /// Returns the name of the bound in metrics.
    pub(super) const fn cause(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Network => "address",
        }
    }
}

/// The part of a [`NetworkQuota`] in use by one connection or request. Dropping it frees the part.
#[derive(Debug)]
pub(crate) struct QuotaUse {
    quota: Arc<NetworkQuota>,
    network: IpAddr,
    amount: usize,
}

impl NetworkQuota {
    /// Creates a quota of `total` units, with at most `per_network` for one network.
    pub(crate) fn new(total: usize, per_network: usize) -> Arc<Self> {
        Arc::new(Self { total, per_network, used: Mutex::default() })
    }

    /// Takes one unit for `remote`.
    pub(super) fn take_one(self: &Arc<Self>, remote: IpAddr) -> Result<QuotaUse, QuotaExceeded> {
        let mut part = self.empty(remote);
        part.grow(1)?;
        Ok(part)
    }

    /// Returns a part of size zero, which can [`grow`](QuotaUse::grow).
    pub(super) fn empty(self: &Arc<Self>, remote: IpAddr) -> QuotaUse {
        QuotaUse { quota: Arc::clone(self), network: network_of(remote), amount: 0 }
    }
}

impl QuotaUse {
    /// Adds `more` units. The part is unchanged if that exceeds a bound.
    pub(super) fn grow(&mut self, more: usize) -> Result<(), QuotaExceeded> {
        let NetworkQuota { total, per_network, used } = &*self.quota;
        let mut used = used.lock();
        if used.total.saturating_add(more) > *total {
            return Err(QuotaExceeded::Total);
        }
        let of_network = used.by_network.get(&self.network).copied().unwrap_or_default();
        if of_network.saturating_add(more) > *per_network {
            return Err(QuotaExceeded::Network);
        }
        used.by_network.insert(self.network, of_network + more);
        used.total += more;
        self.amount += more;
        Ok(())
    }

    /// Frees the whole part.
    pub(super) fn release(&mut self) {
        if self.amount == 0 {
            return;
        }
        let mut used = self.quota.used.lock();
        used.total -= self.amount;
        if let Some(of_network) = used.by_network.get_mut(&self.network) {
            *of_network -= self.amount;
            if *of_network == 0 {
                used.by_network.remove(&self.network);
            }
        }
        self.amount = 0;
    }
}

impl Drop for QuotaUse {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn quota_counts_in_total_and_by_network() {
        let quota = NetworkQuota::new(3, 2);
        let first = quota.take_one(at("192.0.2.1")).unwrap();
        let _second = quota.take_one(at("::ffff:192.0.2.1")).unwrap();
        assert_eq!(quota.take_one(at("192.0.2.1")).unwrap_err(), QuotaExceeded::Network);
        let _third = quota.take_one(at("192.0.2.2")).unwrap();
        assert_eq!(quota.take_one(at("192.0.2.3")).unwrap_err(), QuotaExceeded::Total);
        drop(first);
        assert!(quota.take_one(at("192.0.2.1")).is_ok());
    }

    #[test]
    fn quota_use_grows_up_to_the_bounds_and_frees_all_when_dropped() {
        let quota = NetworkQuota::new(100, 60);
        let mut part = quota.empty(at("192.0.2.1"));
        assert_eq!((part.grow(40), part.grow(30)), (Ok(()), Err(QuotaExceeded::Network)));
        let mut other = quota.empty(at("192.0.2.2"));
        assert_eq!((other.grow(61), other.grow(60)), (Err(QuotaExceeded::Total), Ok(())));
        drop(part);
        assert_eq!(quota.empty(at("192.0.2.3")).grow(40), Ok(()));
        drop(other);
        assert!(quota.used.lock().by_network.is_empty());
    }

    #[test]
    fn ipv6_addresses_of_one_64_bit_network_count_together() {
        let quota = NetworkQuota::new(10, 1);
        let _part = quota.take_one(at("2001:db8::1")).unwrap();
        assert_eq!(quota.take_one(at("2001:db8::ffff:1")).unwrap_err(), QuotaExceeded::Network);
        assert!(quota.take_one(at("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn quota_keeps_no_entry_for_a_network_that_left_or_was_refused() {
        let quota = NetworkQuota::new(1, 0);
        for number in 0..100 {
            let remote = IpAddr::V4(std::net::Ipv4Addr::from(number));
            assert!(quota.take_one(remote).is_err());
        }
        assert!(quota.used.lock().by_network.is_empty());
        let quota = NetworkQuota::new(1, 1);
        drop(quota.take_one(at("192.0.2.1")).unwrap());
        assert!(quota.used.lock().by_network.is_empty());
    }
}
