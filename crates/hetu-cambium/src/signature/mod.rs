//! HTTP Message Signatures (RFC 9421): components, signature inputs and signature bases.
//!
//! The module supports every component of the RFC except trailers. The protocol itself covers a
//! closed set of components and reads signatures with [`crate::message_signature`]. This module is
//! for other users of the RFC.

mod base;
mod component;
mod error;
mod input;
mod message;
mod serialize;
mod structured;

pub use base::signature_base;
pub use component::Component;
pub use error::BaseError;
pub use input::{InvalidSignatureInput, SignatureInput};
pub use message::{Authority, InvalidAuthority, Message, RequestView, Scheme};
pub use structured::StructuredType;
