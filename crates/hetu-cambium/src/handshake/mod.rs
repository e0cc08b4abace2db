//! The handshake by which two peers agree on the keys of a session, and the caller's signatures
//! with these keys.

mod caller;
mod caller_session;
mod messages;
mod miner;

pub use caller::{InvalidGrant, SessionHandshake};
pub use caller_session::CallerSession;
pub use messages::{SessionGrant, SessionOffer};
