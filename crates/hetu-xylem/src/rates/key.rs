//! Whose calls are counted together.

use std::fmt;
use std::net::IpAddr;

use hetu_cambium::AccountId;

use crate::network::network_of;

/// Whose calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateKey(Whose);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Whose {
    Account(AccountId),
    Network(IpAddr),
}

impl RateKey {
    /// The calls that an account signed.
    pub const fn account(account: AccountId) -> Self {
        Self(Whose::Account(account))
    }

    /// The calls that come from a network address, whoever makes them: for services that are open
    /// to everybody.
    ///
    /// An IPv6 address stands for its whole /64, of which one host has every address (RFC 7934).
    pub fn remote(address: IpAddr) -> Self {
        Self(Whose::Network(network_of(address)))
    }
}

impl fmt::Display for RateKey {
    /// A text of printable ASCII that no other key has.
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
