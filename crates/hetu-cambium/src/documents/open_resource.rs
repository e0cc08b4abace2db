//! The resources that every caller may read (section 10 of the protocol).

use hetu_chain::{Address, NetUid};
use http::Method;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::{RequestVerifier, fields};

/// A resource that is no service and needs no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenResource {
    /// `/ping`.
    Ping,
    /// `/.well-known/hetu`, the discovery document.
    Discovery,
    /// `/openapi.json`.
    OpenApi,
    /// `/health/live`.
    Live,
    /// `/health/ready`.
    Ready,
}

impl OpenResource {
    /// Returns the resource under `path`, or `None` if it is no open one.
    pub fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/ping" => Self::Ping,
            "/.well-known/hetu" => Self::Discovery,
            "/openapi.json" => Self::OpenApi,
            "/health/live" => Self::Live,
            "/health/ready" => Self::Ready,
            _ => return None,
        })
    }

    /// Returns the resource that a request asks for without a signature, or `None` if the request
    /// has to be verified.
    ///
    /// # Examples
    ///
    /// ```
    /// use hetu_cambium::OpenResource;
    ///
    /// let (ping, ()) = http::Request::get("/ping").body(()).unwrap().into_parts();
    /// assert_eq!(OpenResource::of_unsigned(&ping), Some(OpenResource::Ping));
    /// let (call, ()) = http::Request::post("/MathSum").body(()).unwrap().into_parts();
    /// assert_eq!(OpenResource::of_unsigned(&call), None);
    /// ```
    pub fn of_unsigned(head: &Parts) -> Option<Self> {
        let is_signed = head.headers.contains_key(fields::SIGNATURE)
            || head.headers.contains_key(fields::SIGNATURE_INPUT);
        let resource = Self::at(head.uri.path())?;
        (!is_signed && resource.methods().contains(&head.method)).then_some(resource)
    }

    /// The methods that it takes.
    pub const fn methods(self) -> &'static [Method] {
        match self {
            Self::Ping => &[Method::GET, Method::HEAD, Method::POST],
            Self::Discovery | Self::OpenApi | Self::Live | Self::Ready => {
                &[Method::GET, Method::HEAD]
            }
        }
    }

    /// The methods that it takes, as the field `Allow` has them.
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::Ping => "GET, HEAD, POST",
            Self::Discovery | Self::OpenApi | Self::Live | Self::Ready => "GET, HEAD",
        }
    }
}

/// The reply to `/ping`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PingDocument {
    /// `ok`.
    pub status: String,
    /// The account of the miner.
    pub address: Address,
    /// The subnet in which it serves.
    pub netuid: NetUid,
}

impl PingDocument {
    /// The reply of the miner whose requests `verifier` verifies.
    pub fn new(verifier: &RequestVerifier) -> Self {
        let (address, netuid) = (verifier.account().address, verifier.netuid());
        Self { status: "ok".to_owned(), address, netuid }
    }
}
