//! What a miner serves: a name, a request and a reply.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A service that miners offer under `POST /{NAME}`.
///
/// The type that implements it is often the request itself:
///
/// ```
/// use hetu_cambium::Service;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct MathSum {
///     x: f64,
///     y: f64,
/// }
///
/// #[derive(Serialize, Deserialize)]
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
    /// The path segment that names the service. One or more of `a-z A-Z 0-9 - . _ ~`, the
    /// characters that RFC 3986 (section 2.3) never escapes, so that every peer signs the same
    /// path.
    const NAME: &'static str;

    /// What a caller sends.
    type Request: Serialize + DeserializeOwned + Send + 'static;

    /// What a miner answers.
    type Reply: Serialize + DeserializeOwned + Send + 'static;
}
