//! The key under which calls are counted together.

use std::fmt;
use std::net::IpAddr;

use hetu_cambium::AccountId;

use crate::network::network_of;

/// The key under which calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateKey(Whose);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Account(AccountId),
    Network(IpAddr),
}

impl RateKey {
    /// Returns the key of the calls signed by `account`.
    pub const fn account(account: AccountId) -> Self {
        Self(Whose::Account(account))
    }

    /// Returns the key of the calls from a network address, regardless of the caller. It is for
    /// open services.
    ///
    /// An IPv6 address stands for its /64, because one host has all its addresses (RFC 7934).
    pub fn remote(address: IpAddr) -> Self {
        Self(Whose::Network(network_of(address)))
    }
}

impl fmt::Display for RateKey {
    /// Writes a printable ASCII text that is unique to the key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Whose::Account(account) => account.fmt(formatter),
            Whose::Network(IpAddr::V4(address)) => write!(formatter, "ip:{address}"),
            Whose::Network(IpAddr::V6(address)) => write!(formatter, "ip:{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(address: &str) -> String {
        RateKey::remote(address.parse().unwrap()).to_string()
    }

    #[test]
    fn a_key_is_a_text_that_names_the_whole_network() {
        assert_eq!(remote("::ffff:192.0.2.7"), "ip:192.0.2.7");
        assert_eq!(remote("2001:db8:1:2:3:4:5:6"), "ip:2001:db8:1:2::/64");
    }
}
