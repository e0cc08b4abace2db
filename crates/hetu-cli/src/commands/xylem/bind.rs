//! Listen addresses on the command line.

use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use hetu::chain::text::ForeignError;

/// An address and a port of this machine. A name such as `localhost` means its first address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BindChoice(pub(super) SocketAddr);

/// Error of a text that is not a listen address.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidBind {
    #[error(
        "{port} is a port alone: name the address too, such as 0.0.0.0:{port} or 127.0.0.1:{port}"
    )]
    PortAlone { port: u16 },
    #[error("the port is missing: write ADDRESS:PORT, such as {host}:8091")]
    NoPort { host: String },
    #[error("{port:?} is no port: a number from 0 to 65535 is expected")]
    Port { port: String },
    #[error("{host} is not known: {reason}")]
    UnknownHost {
        host: String,
        #[source]
        reason: ForeignError,
    },
    #[error("write ADDRESS:PORT, such as 0.0.0.0:8091 or [::1]:8091")]
    Malformed,
}

impl FromStr for BindChoice {
    type Err = InvalidBind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self(address));
        }
        if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse() {
            return Err(InvalidBind::PortAlone { port });
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            let is_empty = text.is_empty();
            let missing = || InvalidBind::NoPort { host: text.to_owned() };
            return Err(if is_empty { InvalidBind::Malformed } else { missing() });
        };
        // An IPv6 address without brackets: its last part is not a port.
        if host.is_empty() || host.contains([':', '/', '[']) {
            return Err(InvalidBind::Malformed);
        }
        let port: u16 = port.parse().map_err(|_| InvalidBind::Port { port: port.to_owned() })?;
        let unknown =
            |reason: ForeignError| InvalidBind::UnknownHost { host: host.to_owned(), reason };
        let mut found =
            (host, port).to_socket_addrs().map_err(|error| unknown(ForeignError::new(error)))?;
        found.next().map(Self).ok_or_else(|| unknown("it has no address".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_and_name_with_port_are_taken() {
        for text in ["127.0.0.1:80", "[::1]:0", "localhost:8091"] {
            assert!(text.parse::<BindChoice>().is_ok(), "{text}");
        }
        let BindChoice(local) = "localhost:8091".parse().unwrap();
        assert!(local.ip().is_loopback() && local.port() == 8091);
    }

    #[test]
    fn text_without_address_or_port_is_refused_with_what_is_missing() {
        for (text, reason) in [
            ("80", "0.0.0.0:80"),
            (":80", "127.0.0.1:80"),
            ("localhost", "localhost:8091"),
            ("127.0.0.1", "127.0.0.1:8091"),
            ("localhost:http", "no port"),
            ("127.0.0.1:65536", "no port"),
            ("::1", "ADDRESS:PORT"),
            ("http://localhost:80", "ADDRESS:PORT"),
            ("no.such.name.invalid:80", "is not known"),
            ("", "ADDRESS:PORT"),
        ] {
            let error = text.parse::<BindChoice>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
