//! A request at the moment of its arrival.

use std::net::{IpAddr, Ipv4Addr};

use hetu_cambium::fields;
use http::request::Parts;
use tokio::time::Instant;

use super::unverified::RequestCharge;
use crate::network::RemoteAddress;

/// The head of a request, with the time and the source of its arrival.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) parts: Parts,
    pub(super) at: Instant,
    pub(super) source: RequestSource,
}

/// The peer that sent a request. Layers of the operator may have removed either field.
#[derive(Debug, Default)]
pub(crate) struct RequestSource {
    pub(super) remote: Option<RemoteAddress>,
    pub(super) charge: Option<RequestCharge>,
}

impl Arrival {
    pub(super) fn now(parts: Parts, source: RequestSource) -> Self {
        Self { parts, at: Instant::now(), source }
    }

    /// Returns `true` if the request carries a signature, valid or not.
    pub(super) fn is_signed(&self) -> bool {
        let headers = &self.parts.headers;
        headers.contains_key(fields::SIGNATURE) || headers.contains_key(fields::SIGNATURE_INPUT)
    }
}

impl RequestSource {
    /// Returns the address to charge for the request. Requests of unknown origin share one address.
    pub(super) fn address(&self) -> IpAddr {
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        self.remote.map_or(unknown, |RemoteAddress(address)| address.ip())
    }

    /// Records that the signature of the request is verified.
    pub(super) fn mark_verified(&self) {
        if let Some(charge) = &self.charge {
            charge.mark_verified();
        }
    }

    /// Frees the charge of the request. The queue bounds the request from then on.
    pub(super) fn release(&self) {
        if let Some(charge) = &self.charge {
            charge.release();
        }
    }
}
