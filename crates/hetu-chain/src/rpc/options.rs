//! Limits and HTTP headers of calls to endpoints.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::network::RpcUrl;

/// Limits of the calls to a network's endpoints, and the HTTP headers of these calls.
///
/// ```
/// use std::time::Duration;
/// use hetu_chain::{network::presets, rpc::TransportOptions};
///
/// let network = presets::local();
/// let options = TransportOptions::default()
///     .call_limit(Duration::from_secs(10))
///     .header(&network.endpoints[0], "authorization", "Bearer secret")?;
/// assert!(!format!("{options:?}").contains("secret"));
/// # Ok::<(), hetu_chain::rpc::InvalidHeader>(())
/// ```
#[derive(Clone, Debug)]
pub struct TransportOptions {
    pub(super) attempt_limit: Duration,
    pub(super) call_limit: Duration,
    pub(super) answer_bytes: u32,
    headers: Vec<(RpcUrl, HeaderName, HeaderValue)>,
}

/// A name or a value that HTTP does not allow in a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an HTTP header: {name:?} or its value has characters that HTTP does not allow")]
pub struct InvalidHeader {
    name: String,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            attempt_limit: Duration::from_secs(10),
            call_limit: Duration::from_secs(30),
            answer_bytes: 64 << 20,
            headers: Vec::new(),
        }
    }
}

impl TransportOptions {
    /// Sets the time limit of one attempt at one endpoint, from connecting to the last byte. 10
    /// seconds by default.
    #[must_use]
    pub fn attempt_limit(mut self, limit: Duration) -> Self {
        self.attempt_limit = limit;
        self
    }

    /// Sets the time limit of a call, including all attempts at all endpoints. 30 seconds by
    /// default.
    #[must_use]
    pub fn call_limit(mut self, limit: Duration) -> Self {
        self.call_limit = limit;
        self
    }

    /// Sets the maximum size of an answer in bytes. 64 MiB by default.
    #[must_use]
    pub fn answer_bytes(mut self, most: u32) -> Self {
        self.answer_bytes = most;
        self
    }

    /// Sends an HTTP header with every call to `endpoint`, and to no other: usually a credential of
    /// its provider. Its value is never displayed.
    ///
    /// # Errors
    /// [`InvalidHeader`] if HTTP does not allow the name or the value.
    pub fn header(
        mut self,
        endpoint: &RpcUrl,
        name: &str,
        value: &str,
    ) -> Result<Self, InvalidHeader> {
        let invalid = || InvalidHeader { name: name.to_owned() };
        let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
        value.set_sensitive(true);
        let name = name.parse().map_err(|_| invalid())?;
        self.headers.push((endpoint.clone(), name, value));
        Ok(self)
    }

    pub(super) fn headers_for(&self, endpoint: &RpcUrl) -> HeaderMap {
        let own = self.headers.iter().filter(|(of, ..)| of == endpoint);
        own.map(|(_, name, value)| (name.clone(), value.clone())).collect()
    }
}
