//! Resources that every caller may read (section 10 of the protocol).

use hetu_chain::{Address, NetUid};
use http::Method;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::{RequestVerifier, fields};

/// A resource that is not a service and needs no signature.
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
    /// Returns the resource at `path`, or `None` if it is not an open one.
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

    /// Returns the allowed methods.
    pub const fn methods(self) -> &'static [Method] {
        match self {
            Self::Ping => &[Method::GET, Method::HEAD, Method::POST],
            Self::Discovery | Self::OpenApi | Self::Live | Self::Ready => {
                &[Method::GET, Method::HEAD]
            }
        }
    }

    /// Returns the allowed methods as a value of the field `Allow`.
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
    /// The subnet in which the miner serves.
    pub netuid: NetUid,
}

impl PingDocument {
    /// Creates the reply of the miner that verifies requests with `verifier`.
    pub fn new(verifier: &RequestVerifier) -> Self {
        let (address, netuid) = (verifier.account().address, verifier.netuid());
        Self { status: "ok".to_owned(), address, netuid }
    }
}
