//! URLs of nodes, which often contain a secret key of their user.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::text::ForeignError;

/// The URL of a JSON-RPC endpoint: `http` or `https` for calls, `ws` or `wss` for subscriptions.
///
/// Displayed without user name, password, path and query, where providers put the keys of their
/// customers.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RpcUrl(Arc<Url>);

impl RpcUrl {
    /// Returns the complete URL, including credentials: for connecting, not for display.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the explicit port, or that of the scheme.
    pub(super) fn port(&self) -> Option<u16> {
        self.0.port_or_known_default()
    }

    /// Returns `true` for an endpoint for subscriptions (`ws` or `wss`), which receives no calls.
    pub fn is_websocket(&self) -> bool {
        matches!(self.0.scheme(), "ws" | "wss")
    }
}

impl InvalidRpcUrl {
    pub(super) fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { reason: ForeignError::new(reason) }
    }
}

impl FromStr for RpcUrl {
    type Err = InvalidRpcUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(InvalidRpcUrl::new)?;
        if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
            return Err(InvalidRpcUrl::new("the scheme is not http, https, ws or wss"));
        }
        Ok(Self(Arc::new(url)))
    }
}

impl TryFrom<String> for RpcUrl {
    type Error = InvalidRpcUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RpcUrl> for String {
    fn from(url: RpcUrl) -> Self {
        url.expose().to_owned()
    }
}

impl fmt::Display for RpcUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(formatter, ":{port}")?;
        }
        let hides_something = self.0.path() != "/" || self.0.query().is_some();
        if hides_something { formatter.write_str("/…") } else { Ok(()) }
    }
}

impl fmt::Debug for RpcUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The error of a text that is not the URL of a JSON-RPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RPC url: {reason}; expected something like http://127.0.0.1:8545")]
pub struct InvalidRpcUrl {
    #[source]
    reason: ForeignError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_url_are_not_shown() {
        let url: RpcUrl =
            "https://me:secret@node.example:8443/v3/key?token=secret".parse().unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "https://node.example:8443/… https://node.example:8443/…"
        );
        assert!(url.expose().contains("token=secret"));
    }

    #[test]
    fn only_urls_of_http_and_websockets_are_taken() {
        for text in ["", "127.0.0.1:8545", "file:///etc/passwd", "ftp://node.example"] {
            assert!(text.parse::<RpcUrl>().is_err(), "{text:?}");
        }
    }
}
