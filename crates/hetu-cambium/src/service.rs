//! Services of miners: a name, a request and a reply.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A service that miners offer under `POST /{NAME}`.
///
/// The type that implements it is often the request itself. Requests and replies have a JSON
/// Schema, which the miner publishes:
///
/// ```
/// use hetu_cambium::Service;
/// use hetu_cambium::schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// # #[schemars(crate = "hetu_cambium::schemars")]
/// struct MathSum {
///     x: f64,
///     y: f64,
/// }
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// # #[schemars(crate = "hetu_cambium::schemars")]
/// struct Sum {
///     result: f64,
/// }
///
/// impl Service for MathSum {
///     const NAME: &'static str = "math-sum";
///     type Request = Self;
///     type Reply = Sum;
/// }
/// ```
pub trait Service: 'static {
    /// The path segment that names the service. It is one or more of `a-z A-Z 0-9 - . _ ~`, the
    /// characters that RFC 3986 (section 2.3) never escapes, so that every peer signs the same
    /// path.
    const NAME: &'static str;

    /// The content of a request.
    type Request: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// The content of a reply.
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}

/// A service that answers with a stream of items, each sent as soon as it is available.
///
/// Its requests are those of a [`Service`]. Its items are in JSON whatever the codec of the
/// request: see [`EventStreamSigner`](crate::EventStreamSigner).
pub trait StreamService: 'static {
    /// The path segment that names the service, as for [`Service::NAME`].
    const NAME: &'static str;

    /// The content of a request.
    type Request: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// An item of the reply.
    type Item: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}

/// Returns `true` if `name` is valid for a service: it has only letters, digits and `-._~`, which
/// every peer signs in the same way, and does not begin with a dot, which could change the path.
pub fn is_service_name(name: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_no_peer_escapes_are_called() {
        for name in ["MathSum", "math-sum", "a.b_c~1"] {
            assert!(is_service_name(name), "{name}");
        }
        for name in ["", ".", "..", ".well-known", "a/b", "a?b", "a b", "%2e", "é"] {
            assert!(!is_service_name(name), "{name}");
        }
    }
}
