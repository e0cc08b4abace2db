//! The endpoint under which callers reach a miner.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use hetu_cambium::{Authority, RequestVerifier, Scheme};
use hetu_chain::model::RawEndpoint;
use hetu_metastruct::{Endpoint, EndpointRefusal};
use http::uri;

use crate::error::XylemError;

/// The endpoint of a miner, in the form written on chain and in the form that callers use.
#[derive(Clone, Debug)]
pub(super) struct AdvertisedEndpoint {
    pub(super) raw: RawEndpoint,
    parsed: Endpoint,
}

/// The conditions on which an endpoint depends.
#[derive(Clone, Copy, Debug)]
pub(super) struct EndpointConditions {
    pub(super) allows_private_addresses: bool,
    /// `true` if callers use TLS.
    pub(super) is_secure: bool,
}

impl AdvertisedEndpoint {
    /// Checks the requested endpoint `asked`, or derives one from the address `local`. Returns
    /// `None` if callers cannot reach that address.
    pub(super) fn of(
        asked: Option<RawEndpoint>,
        local: SocketAddr,
        conditions: EndpointConditions,
    ) -> Result<Option<Self>, XylemError> {
        let EndpointConditions { allows_private_addresses, is_secure } = conditions;
        let raw = match asked {
            Some(mut raw) => {
                if is_secure && !raw.host.contains("://") {
                    raw.host = format!("https://{}", raw.host);
                }
                Some(raw)
            }
            None => reachable(local, conditions),
        };
        let Some(raw) = raw else { return Ok(None) };
        let parsed = Endpoint::parse(&raw, allows_private_addresses)?;
        if is_secure && parsed.scheme() == "http" {
            return Err(XylemError::ClearEndpoint);
        }
        Ok(Some(Self { raw, parsed }))
    }

    /// Returns the name or address for a self-signed certificate.
    pub(super) fn host(&self) -> String {
        let authority = uri::Authority::try_from(self.parsed.authority());
        let host = authority.as_ref().map_or("localhost", uri::Authority::host);
        host.trim_matches(['[', ']']).to_owned()
    }

    /// Makes `verifier` accept requests that are addressed to this endpoint. Behind a proxy, every
    /// request counts as addressed to it.
    pub(super) fn address(
        &self,
        verifier: RequestVerifier,
        is_behind_proxy: bool,
    ) -> Result<RequestVerifier, XylemError> {
        let is_secure = self.parsed.scheme() == "https";
        let scheme = if is_secure { Scheme::Https } else { Scheme::Http };
        let authority = Authority::parse(self.parsed.authority(), scheme).map_err(|error| {
            XylemError::Endpoint(EndpointRefusal::Malformed { reason: error.to_string() })
        })?;
        let verifier = verifier.with_scheme(scheme);
        Ok(if is_behind_proxy {
            verifier.with_fixed_authority(authority)
        } else {
            verifier.with_authority(authority)
        })
    }
}

/// Returns the endpoint of a miner that listens on `local`, or `None` if callers cannot reach it.
pub(super) fn reachable(local: SocketAddr, conditions: EndpointConditions) -> Option<RawEndpoint> {
    let EndpointConditions { allows_private_addresses, is_secure } = conditions;
    let host = match local.ip() {
        // The socket listens on every address of this machine. A caller on the same machine can
        // always use the loopback address.
        address if address.is_unspecified() => {
            allows_private_addresses.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST))?
        }
        address => address,
    };
    let host = match host {
        IpAddr::V6(host) if is_secure => format!("[{host}]"),
        host => host.to_string(),
    };
    let host = if is_secure { format!("https://{host}") } else { host };
    let raw = RawEndpoint::new(host, local.port());
    Endpoint::parse(&raw, allows_private_addresses).is_ok().then_some(raw)
}
