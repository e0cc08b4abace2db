//! Where a miner belongs, and under which address it is called.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hetu_cambium::{Authority, RequestVerifier, Scheme};
use hetu_chain::model::RawEndpoint;
use hetu_chain::{ChainId, Hetutensor, Signer};
use hetu_metastruct::{Endpoint, EndpointRefusal};

use crate::{RoleSource, XylemError};

/// The network of a miner, or what stands for one.
pub(crate) enum Home {
    Chain(Hetutensor),
    Detached { signer: Arc<dyn Signer>, chain: ChainId, roster: Arc<dyn RoleSource> },
}

impl Home {
    pub(crate) fn identity(&self) -> Result<(Arc<dyn Signer>, ChainId), XylemError> {
        Ok(match self {
            Self::Chain(hetu) => (Arc::clone(hetu.signer()?), hetu.network().chain_id),
            Self::Detached { signer, chain, .. } => (Arc::clone(signer), *chain),
        })
    }

    pub(crate) fn allows_private_addresses(&self) -> bool {
        match self {
            Self::Chain(hetu) => hetu.network().allows_private_addresses,
            Self::Detached { .. } => true,
        }
    }
}

/// Where callers reach a miner that listens on `local`, if that can be told.
pub(crate) fn reachable(
    local: SocketAddr,
    allows_private: bool,
    is_secure: bool,
) -> Option<RawEndpoint> {
    let host = match local.ip() {
        // Every address of this machine, of which callers on it know one for certain.
        address if address.is_unspecified() => {
            allows_private.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST))?
        }
        address => address,
    };
    let host = match host {
        IpAddr::V6(host) if is_secure => format!("[{host}]"),
        host => host.to_string(),
    };
    let host = if is_secure { format!("https://{host}") } else { host };
    let raw = RawEndpoint::new(host, local.port());
    Endpoint::parse(&raw, allows_private).is_ok().then_some(raw)
}

pub(crate) fn addressed_to(
    verifier: RequestVerifier,
    endpoint: &Endpoint,
    is_behind_proxy: bool,
) -> Result<RequestVerifier, XylemError> {
    let scheme = if endpoint.scheme() == "https" { Scheme::Https } else { Scheme::Http };
    let authority = Authority::parse(endpoint.authority(), scheme).map_err(|error| {
        XylemError::Endpoint(EndpointRefusal::Malformed { reason: error.to_string() })
    })?;
    let verifier = verifier.with_scheme(scheme);
    Ok(if is_behind_proxy {
        verifier.with_fixed_authority(authority)
    } else {
        verifier.with_authority(authority)
    })
}
