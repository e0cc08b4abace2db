//! How much of something is in use, in all and by each network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::network::network_of;

/// Counts connections, or bytes. Its memory is bounded by the number of [`Place`]s.
#[derive(Debug)]
pub(crate) struct Admission {
    total: usize,
    per_network: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Total,
    Address,
}

impl Refused {
    pub(in crate::serving) const fn cause(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Address => "address",
        }
    }
}

/// What is in use by one connection or request, free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    admission: Arc<Admission>,
    network: IpAddr,
    amount: usize,
}

impl Admission {
    /// Room for `total`, `per_network` of it for one address.
    pub(crate) fn new(total: usize, per_network: usize) -> Arc<Self> {
        Arc::new(Self { total, per_network, open: Mutex::default() })
    }

    pub(in crate::serving) fn admit(self: &Arc<Self>, remote: IpAddr) -> Result<Place, Refused> {
        let mut place = self.nothing_yet(remote);
        place.grow(1)?;
        Ok(place)
    }

    /// A place that has nothing and can [`grow`](Place::grow).
    pub(in crate::serving) fn nothing_yet(self: &Arc<Self>, remote: IpAddr) -> Place {
        Place { admission: Arc::clone(self), network: network_of(remote), amount: 0 }
    }
}

impl Place {
    /// Takes more, or nothing if there is not as much.
    pub(in crate::serving) fn grow(&mut self, more: usize) -> Result<(), Refused> {
        let Admission { total, per_network, open } = &*self.admission;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total.saturating_add(more) > *total {
            return Err(Refused::Total);
        }
        let used = open.by_network.get(&self.network).copied().unwrap_or_default();
        if used.saturating_add(more) > *per_network {
            return Err(Refused::Address);
        }
        open.by_network.insert(self.network, used + more);
        open.total += more;
        self.amount += more;
        Ok(())
    }
}

impl Place {
    /// Gives everything back.
    pub(in crate::serving) fn release(&mut self) {
        if self.amount == 0 {
            return;
        }
        let mut open = self.admission.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= self.amount;
        if let Some(used) = open.by_network.get_mut(&self.network) {
            *used -= self.amount;
            if *used == 0 {
                open.by_network.remove(&self.network);
            }
        }
        self.amount = 0;
    }
}

impl Drop for Place {
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
    fn places_are_counted_in_all_and_for_each_network() {
        let admission = Admission::new(3, 2);
        let first = admission.admit(at("192.0.2.1")).unwrap();
        let _second = admission.admit(at("::ffff:192.0.2.1")).unwrap();
        assert_eq!(admission.admit(at("192.0.2.1")).unwrap_err(), Refused::Address);
        let _third = admission.admit(at("192.0.2.2")).unwrap();
        assert_eq!(admission.admit(at("192.0.2.3")).unwrap_err(), Refused::Total);
        drop(first);
        assert!(admission.admit(at("192.0.2.1")).is_ok());
    }

    #[test]
    fn a_place_grows_while_there_is_room_and_gives_all_back() {
        let admission = Admission::new(100, 60);
        let mut place = admission.nothing_yet(at("192.0.2.1"));
        assert_eq!((place.grow(40), place.grow(30)), (Ok(()), Err(Refused::Address)));
        let mut other = admission.nothing_yet(at("192.0.2.2"));
        assert_eq!((other.grow(61), other.grow(60)), (Err(Refused::Total), Ok(())));
        drop(place);
        assert_eq!(admission.nothing_yet(at("192.0.2.3")).grow(40), Ok(()));
        drop(other);
        assert!(admission.open.lock().unwrap().by_network.is_empty());
    }

    #[test]
    fn half_an_address_of_version_6_is_one_network() {
        let admission = Admission::new(10, 1);
        let _place = admission.admit(at("2001:db8::1")).unwrap();
        assert_eq!(admission.admit(at("2001:db8::ffff:1")).unwrap_err(), Refused::Address);
        assert!(admission.admit(at("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_those_who_left_or_were_refused() {
        let admission = Admission::new(1, 0);
        for number in 0..100 {
            let remote = IpAddr::V4(std::net::Ipv4Addr::from(number));
            assert!(admission.admit(remote).is_err());
        }
        assert!(admission.open.lock().unwrap().by_network.is_empty());
        let admission = Admission::new(1, 1);
        drop(admission.admit(at("192.0.2.1")).unwrap());
        assert!(admission.open.lock().unwrap().by_network.is_empty());
    }
}
