//! Endpoints of dendrons on the command line.

use std::str::FromStr;

use hetu::chain::model::RawEndpoint;
use hetu::metastruct::Endpoint;

use crate::error::CliError;

/// `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointChoice(RawEndpoint);

/// Error of a text that is not an endpoint.
#[derive(Debug, thiserror::Error)]
#[error("expected HOST:PORT, such as miner.example:8091")]
pub(crate) struct InvalidEndpointChoice;

impl FromStr for EndpointChoice {
    type Err = InvalidEndpointChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(InvalidEndpointChoice)?;
        let port = port.parse().map_err(|_| InvalidEndpointChoice)?;
        if host.is_empty() || port == 0 {
            return Err(InvalidEndpointChoice);
        }
        Ok(Self(RawEndpoint::new(host, port)))
    }
}

impl EndpointChoice {
    /// Returns the endpoint to register, if other participants of the network can call it.
    pub(crate) fn checked(self, allows_private_addresses: bool) -> Result<RawEndpoint, CliError> {
        Endpoint::parse(&self.0, allows_private_addresses)
            .map_err(|reason| CliError::Endpoint { reason })?;
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_hosts_with_ports() {
        let endpoint: EndpointChoice = "[2001:db8::1]:8091".parse().unwrap();
        assert_eq!(endpoint.0, RawEndpoint::new("[2001:db8::1]", 8091));
        for text in ["miner.example", "miner.example:", ":8091", "miner.example:0", "a:70000"] {
            assert!(text.parse::<EndpointChoice>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_nobody_would_call_is_refused_before_it_is_registered() {
        let choice = |text: &str| text.parse::<EndpointChoice>().unwrap();
        assert!(choice("127.0.0.1:8091").checked(true).is_ok());
        assert!(choice("127.0.0.1:8091").checked(false).is_err());
        assert!(choice("http://miner.example/path?:80").checked(true).is_err());
    }
}
