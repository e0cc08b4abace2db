//! Layers for services of `tower`, so that any server or client over `http` speaks the protocol.

mod body;
mod sign;
mod verify;

pub use body::MessageBody;
pub use sign::{SignError, SignLayer, SignService};
pub use verify::{VerifyLayer, VerifyService};
