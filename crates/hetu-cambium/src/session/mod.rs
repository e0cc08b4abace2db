//! Sessions: a code with a shared key instead of a wallet's signature.

mod id;
mod keys;
mod limits;
mod open;
mod record;
mod sequence;
mod store;
mod table;

pub use id::{InvalidSessionId, SessionId};
pub(crate) use keys::{
    CodeMaker, EphemeralSecret, SessionContext, SessionKeys, is_code, make_code,
};
pub use keys::{InvalidSessionKey, SessionPublicKey};
pub use limits::SessionLimits;
pub(crate) use open::OpenSession;
pub use record::{InvalidSessionRecord, SessionRecord};
pub(crate) use sequence::{SequenceIssuer, SequenceTicket, WINDOW};
pub use store::{SequenceOutcome, SessionStore, SessionStoreError};
pub use table::Sessions;
pub(crate) use table::unknown_session;

/// The `tag` of signatures of requests and replies in a session.
pub(crate) const TAG: &str = "hetu-session";

/// The `alg` of signatures in a session (RFC 9421, section 3.3.3).
pub(crate) const ALGORITHM: &str = "hmac-sha256";
