//! Signatures of this protocol: one in each message, over a closed set of components.
//!
//! [`crate::rfc9421`] has the rest of RFC 9421, which no message of a peer reaches.

mod base;
mod canonical;
mod draft;
mod error;
mod member;
mod parameters;
mod part;
mod structured;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use base::{Base, BaseSink, UnusableBase};
pub(crate) use draft::SignatureDraft;
pub(crate) use error::{FieldsError, MemberError};
pub(crate) use member::SignatureMember;
pub(crate) use parameters::{Labels, Parameter, Parameters};
pub(crate) use part::{MessageKind, Part, PartList};
pub use work::WorkCount;
