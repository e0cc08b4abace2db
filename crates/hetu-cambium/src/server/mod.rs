//! The server's side of an exchange, for servers of any kind.
//!
//! [`RequestPipeline`] has no runtime and reads no socket: a server calls its stages in their order,
//! cheapest first, and puts its own checks between them.
//!
//! | stage | cost | what a server does before the next |
//! |---|---|---|
//! | [`examine`](RequestPipeline::examine) | each signature field parsed once | role and rate of the claimed caller |
//! | [`Claim::bind`](crate::Claim::bind) | one hash over what is signed, at most 64 KiB | reads the content, within its own limits of size, memory and time |
//! | [`admit`](RequestPipeline::admit) | one hash over the content, one public key | runs the service |
//! | [`sign`](RequestPipeline::sign) | one signature | sends the reply |
//!
//! `VerifyLayer`, of the feature `tower`, is this pipeline around a service of tower.

mod pipeline;

pub use pipeline::RequestPipeline;
