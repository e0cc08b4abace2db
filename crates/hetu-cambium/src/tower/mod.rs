//! Layers for services of `tower`, for any server or client over `http`.

mod body;
mod sign;
mod verify;

pub use body::MessageBody;
pub use sign::{SignError, SignLayer, SignService};
pub use verify::{VerifyLayer, VerifyService};
