//! Endpoints of dendrons, parsed from the untrusted text on the chain.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hetu_chain::model::RawEndpoint;
use hetu_chain::{Retryability, Retryable};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// An address for HTTP connections. Serialised as its URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    is_secure: bool,
    authority: String,
}

impl Endpoint {
    /// Parses the text that a dendron registered on the chain.
    ///
    /// The accepted forms are `1.2.3.4`, `2001:db8::1`, `host.example`, and these hosts as
    /// `http://host[:port]` or `https://host[:port]`. A port in the URL must be equal to the
    /// registered port.
    ///
    /// # Errors
    /// [`EndpointRefusal`] names the fault. Private, loopback, link-local and reserved addresses
    /// are refused unless `allows_private_addresses` is set.
    pub fn parse(
        raw: &RawEndpoint,
        allows_private_addresses: bool,
    ) -> Result<Self, EndpointRefusal> {
        if raw.is_empty() {
            return Err(EndpointRefusal::Empty);
        }
        let port = u16::try_from(raw.port).ok().filter(|&port| port != 0);
        let port = port.ok_or(EndpointRefusal::Port { port: raw.port })?;
        let text = raw.host.trim();
        // Almost all texts are addresses, which need no URL parser.
        let (endpoint, is_public) = match text.parse::<Ipv4Addr>() {
            Ok(address) => (Self::at_address(address, port), is_public_v4(address)),
            Err(_) => Self::at_url(text, port)?,
        };
        if !allows_private_addresses && !is_public {
            return Err(EndpointRefusal::Private);
        }
        Ok(endpoint)
    }

    fn at_address(address: Ipv4Addr, port: u16) -> Self {
        let authority = if port == 80 { address.to_string() } else { format!("{address}:{port}") };
        Self { is_secure: false, authority }
    }

    /// Returns the endpoint, and `true` if it is on the public internet.
    fn at_url(text: &str, port: u16) -> Result<(Self, bool), EndpointRefusal> {
        let mut url = parse_url(text)?;
        // The URL parser drops a port that is the default of the scheme, so it is read from the
        // text.
        if stated_port(text).is_some_and(|stated| stated != port) {
            return Err(malformed("two different ports"));
        }
        url.set_port(Some(port)).map_err(|()| malformed("the url cannot have a port"))?;
        let endpoint =
            Self { is_secure: url.scheme() == "https", authority: url.authority().to_owned() };
        Ok((endpoint, is_public(&url)))
    }

    /// Returns `http` or `https`.
    pub const fn scheme(&self) -> &str {
        if self.is_secure { "https" } else { "http" }
    }

    /// Returns the host, and the port unless it is the default of the scheme. This is the
    /// `@authority` of a request to this endpoint (RFC 9421, section 2.2.3).
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointRefusal;

    /// Parses the URL of an endpoint. Private addresses are accepted.
    fn try_from(url: String) -> Result<Self, Self::Error> {
        let port = parse_url(&url)?.port_or_known_default();
        let port = port.ok_or_else(|| malformed("the url has no port"))?;
        Ok(Self::at_url(&url, port)?.0)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}://{}", self.scheme(), self.authority()))
    }
}

fn parse_url(text: &str) -> Result<Url, EndpointRefusal> {
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else if text.parse::<Ipv6Addr>().is_ok() {
        format!("http://[{text}]")
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&with_scheme).map_err(malformed)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(malformed("the scheme is not http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(malformed("it names a user"));
    }
    if let Some(Host::Domain(name)) = url.host()
        && !is_host_name(name)
    {
        return Err(malformed("it is no name of a host"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(malformed("there is something behind the host"));
    }
    Ok(url)
}

/// Returns the port in a text that was parsed as a URL.
fn stated_port(text: &str) -> Option<u16> {
    let authority = text.split("://").last()?.trim_end_matches('/');
    if authority.parse::<Ipv6Addr>().is_ok() {
        return None;
    }
    let (host, port) = authority.rsplit_once(':')?;
    // No port follows the colons of an address in brackets.
    (!host.contains('[') || host.ends_with(']')).then(|| port.parse().ok())?
}

/// Returns `true` if `name` has only letters, digits, hyphens and underscores between dots, within
/// the lengths of RFC 1123. URLs allow more characters in a host.
fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

fn malformed(reason: impl fmt::Display) -> EndpointRefusal {
    EndpointRefusal::Malformed { reason: reason.to_string() }
}

fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_public_address(address.into()),
        Some(Host::Ipv6(address)) => is_public_address(address.into()),
        Some(Host::Domain(name)) => is_public_name(name),
        None => false,
    }
}

/// Returns `false` for names of hosts in the local network (RFC 6761, RFC 6762, RFC 8375 and common
/// use).
fn is_public_name(name: &str) -> bool {
    const PRIVATE: [&str; 6] = ["localhost", "local", "internal", "lan", "home.arpa", "intranet"];
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_within = |zone: &&str| name == **zone || name.ends_with(&format!(".{zone}"));
    name.contains('.') && !PRIVATE.iter().any(is_within)
}

/// Returns `true` if `address` belongs to the public internet. It must not be private, loopback,
/// link-local, shared, multicast, documentation, benchmark or reserved (RFC 6890), must not embed
/// another address (6to4, Teredo), and must not be a metadata address of a cloud, which returns
/// secrets of the machine.
pub fn is_public_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// An address in a public range that the host of each Azure machine answers.
const AZURE_METADATA: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    let is_benchmark = first == 198 && second & 0xfe == 18;
    let is_reserved = first == 0 || first >= 240;
    let is_of_protocols =
        address.octets()[..3] == [192, 0, 0] || address.octets()[..3] == [192, 88, 99];
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || is_shared
        || is_benchmark
        || is_reserved
        || is_of_protocols
        || address == AZURE_METADATA)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // All addresses that are routed today are in 2000::/3.
    let [first, second, ..] = address.segments();
    let is_documentation = (first, second) == (0x2001, 0x0db8) || first == 0x3fff;
    let is_of_protocols = first == 0x2001 && second < 0x0200;
    let is_6to4 = first == 0x2002;
    first & 0xe000 == 0x2000 && !(is_documentation || is_of_protocols || is_6to4)
}

/// A reason why the registered text is not a usable endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndpointRefusal {
    /// An empty text: the dendron does not serve.
    #[error("no endpoint is registered")]
    Empty,
    /// A port of 0 or above 65535.
    #[error("{port} is not a port")]
    Port {
        /// The registered port.
        port: u32,
    },
    /// A text that is not a host alone.
    #[error("not a host: {reason}")]
    Malformed {
        /// The message of the parser. It is a text because refusals are part of a view's JSON.
        reason: String,
    },
    /// An address of the local machine or network.
    #[error("the address is private")]
    Private,
}

impl Retryable for EndpointRefusal {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(host: &str, port: u32, allows_private: bool) -> Result<String, EndpointRefusal> {
        let raw = RawEndpoint { host: host.into(), port };
        Endpoint::parse(&raw, allows_private).map(|endpoint| endpoint.to_string())
    }

    #[test]
    fn what_people_write_is_understood() {
        for (host, url) in [
            ("8.8.8.8", "http://8.8.8.8:8091"),
            ("http://8.8.8.8", "http://8.8.8.8:8091"),
            ("http://8.8.8.8:8091", "http://8.8.8.8:8091"),
            ("https://miner.example", "https://miner.example:8091"),
            ("Miner.Example", "http://miner.example:8091"),
            ("2606:4700::1111", "http://[2606:4700::1111]:8091"),
            ("http://[2606:4700::1111]/", "http://[2606:4700::1111]:8091"),
            ("[2606:4700::1111]:8091", "http://[2606:4700::1111]:8091"),
            ("8.8.8.8:8091", "http://8.8.8.8:8091"),
        ] {
            assert_eq!(parse(host, 8091, false).as_deref(), Ok(url), "{host}");
        }
    }

    #[test]
    fn the_port_of_the_scheme_is_not_part_of_the_authority() {
        assert_eq!(parse("8.8.8.8", 80, false).unwrap(), "http://8.8.8.8");
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(parse("", 0, true), Err(EndpointRefusal::Empty));
        assert_eq!(parse("8.8.8.8", 0, true), Err(EndpointRefusal::Port { port: 0 }));
        assert_eq!(parse("8.8.8.8", 65_536, true), Err(EndpointRefusal::Port { port: 65_536 }));
        for host in [
            "",
            "a b",
            "ftp://8.8.8.8",
            "file:///etc/passwd",
            "http://8.8.8.8/admin",
            "http://user@8.8.8.8",
            "http://8.8.8.8:1",
            "http://8.8.8.8:80",
            "https://8.8.8.8:443",
            "http://[2606:4700::1111]:80/",
            "8.8.8.8#x",
            "=1+1,\"x\"",
            "a..example",
            "-a.example",
            "a;b.example",
            "http://$(reboot).example",
            "8.8.8.8?x",
        ] {
            let parsed = parse(host, 8091, true);
            assert!(
                matches!(parsed, Err(EndpointRefusal::Malformed { .. })),
                "{host:?}: {parsed:?}"
            );
        }
    }

    #[test]
    fn addresses_of_the_readers_own_network_are_refused() {
        for host in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "2130706433",
            "0x7f.1",
            "::1",
            "::ffff:127.0.0.1",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2001::7f00:1",
            "192.0.0.192",
            "168.63.129.16",
            "fd00:ec2::254",
            "64:ff9b::7f00:1",
            "localhost",
            "api.localhost",
            "metadata.google.internal",
            "printer",
        ] {
            assert_eq!(parse(host, 8091, false), Err(EndpointRefusal::Private), "{host}");
            assert!(parse(host, 8091, true).is_ok(), "{host}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_the_same_as_its_url(address in any::<[u8; 4]>(), port in 1..65_536_u32) {
            let address = Ipv4Addr::from(address).to_string();
            let parse = |host: String, allows_private| {
                Endpoint::parse(&RawEndpoint { host, port }, allows_private)
            };
            for allows_private in [true, false] {
                let plain = parse(address.clone(), allows_private);
                prop_assert_eq!(&plain, &parse(format!("http://{address}"), allows_private));
                if let Ok(endpoint) = plain {
                    let text = serde_json::to_string(&endpoint).unwrap();
                    prop_assert_eq!(serde_json::from_str::<Endpoint>(&text).unwrap(), endpoint);
                }
            }
        }

        #[test]
        fn any_text_is_understood_or_refused_and_what_is_shown_is_understood_again(
            host in prop_oneof![
                ".{0,40}",
                "(http://)?[0-9a-fx.:]{1,20}",
                r"(https?://)?\[?[0-9a-f:]{2,20}\]?(:[0-9]{1,5})?/?",
                "[a-z0-9.-]{1,30}",
            ],
            port in 0..70_000_u32,
        ) {
            let raw = RawEndpoint { host, port };
            if let Ok(endpoint) = Endpoint::parse(&raw, false) {
                prop_assert!(is_public(&parse_url(&endpoint.to_string()).unwrap()));
                let shown = RawEndpoint { host: endpoint.to_string(), port };
                prop_assert_eq!(Endpoint::parse(&shown, false), Ok(endpoint));
            }
        }
    }
}
