//! The server's side of an exchange, for any server.
//!
//! [`RequestPipeline`] has no runtime and reads no socket: a server calls its stages in their
//! order, cheapest first, and adds its own checks between them.
//!
//! | stage | cost | action of the server before the next stage |
//! |---|---|---|
//! | [`examine`](RequestPipeline::examine) | each signature field parsed once | checks role and rate of the claimed caller |
//! | [`Claim::bind`](crate::Claim::bind) | one hash over the covered parts, at most 64 KiB | reads the content, within its own limits of size, memory and time |
//! | [`admit`](RequestPipeline::admit) | one hash over the content, one public key | runs the service |
//! | [`sign`](RequestPipeline::sign) | one signature | sends the reply |
//!
//! `VerifyLayer`, of the feature `tower`, is this pipeline around a service of tower.

mod pipeline;

pub use pipeline::RequestPipeline;
