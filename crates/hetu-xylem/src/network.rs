//! Remote addresses, and the networks under which they are counted.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The remote address of the connection of a request, in the extensions of the request.
///
/// The miner inserts it for itself and for layers. Behind a proxy, it is the address of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RemoteAddress(pub SocketAddr);

/// Returns the network under which `address` is counted. An IPv4 address counts as itself. An IPv6
/// address counts as its /64, because one host has all its addresses (RFC 7934). An IPv4-mapped
/// IPv6 address counts as the IPv4 address.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        network_of(address.parse().unwrap()).to_string()
    }

    #[test]
    fn a_host_counts_once_whichever_of_its_addresses_it_takes() {
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:db8:1:2:3:4:5:6"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }
}
