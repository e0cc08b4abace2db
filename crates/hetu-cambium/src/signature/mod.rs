//! The part of HTTP Message Signatures (RFC 9421) that the protocol uses.

mod base;
mod candidate;
mod canonical;
mod component;
mod error;
mod input;
mod message;
mod serialize;
mod structured;

pub use base::signature_base;
pub(crate) use base::{sign_base, signature_fields};
pub(crate) use candidate::{
    Candidate, CandidateError, Labels, SignatureFields, SignatureFieldsError,
};
pub use component::Component;
pub use error::BaseError;
pub(crate) use input::Parameter;
pub use input::{InvalidSignatureInput, SignatureInput};
pub use message::{Authority, InvalidAuthority, Message, RequestView, Scheme};
pub use structured::StructuredType;
