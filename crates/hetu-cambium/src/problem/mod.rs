//! Reasons of refused requests, for programs and for people (RFC 9457).

mod document;
mod reason;
mod refusal;

pub use document::Problem;
pub use reason::{Reason, UnknownReason};
pub use refusal::Refusal;
