//! HTTP Message Signatures (RFC 9421) in general: any component, any signature.
//!
//! Requests and replies of Cambium cover a closed set of components and do not use this module: the
//! limits of a peer's messages do not bound the work that a signature causes here. The module is
//! for other users of the RFC, which must bound their input themselves.
//!
//! # Examples
//!
//! ```
//! use hetu_cambium::rfc9421::{Message, RequestView, SignatureInput, signature_base};
//! use hetu_cambium::{Authority, Scheme};
//! use http::{HeaderMap, Method, Uri};
//!
//! let request = RequestView {
//!     method: &Method::GET,
//!     scheme: Scheme::Https,
//!     authority: &Authority::parse("example.com", Scheme::Https)?,
//!     uri: &Uri::from_static("/foo?param=value"),
//!     headers: &HeaderMap::new(),
//! };
//! let input = SignatureInput::parse("(\"@method\" \"@query\");created=1618884473")?;
//! let base = signature_base(&input, &Message::Request(request))?;
//! assert!(base.starts_with("\"@method\": GET\n\"@query\": ?param=value\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::signature::{
    Component, InvalidSignatureInput, Message, RequestView, SignatureInput, StructuredType,
    signature_base,
};
