//! Sessions: a code by a shared key in the place of a wallet's signature.

mod id;
mod keys;
mod limits;
mod sequence;
mod table;

pub use id::{InvalidSessionId, SessionId};
pub(crate) use keys::{EphemeralSecret, SessionContext, SessionKeys, is_code, make_code};
pub use keys::{InvalidSessionKey, SessionPublicKey};
pub use limits::SessionLimits;
pub(crate) use sequence::{SequenceIssuer, SequenceTicket, WINDOW};
pub(crate) use table::Session;
pub use table::Sessions;

/// The `tag` of signatures of requests and replies in a session.
pub(crate) const TAG: &str = "hetu-session";

/// The `alg` of signatures in a session (RFC 9421, section 3.3.3).
pub(crate) const ALGORITHM: &str = "hmac-sha256";
