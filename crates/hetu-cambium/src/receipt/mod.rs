//! Receipts: a request and its reply, as evidence for third parties.

mod document;
mod error;
mod kept_fields;
mod messages;
mod verify;

pub use document::Receipt;
pub use error::InvalidReceipt;
pub use verify::VerifiedReceipt;
