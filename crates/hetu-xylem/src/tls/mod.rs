//! Serving over TLS.

mod certificate;
mod error;
mod settings;
mod transport;

pub use error::TlsError;
pub use settings::TlsSettings;
pub(crate) use transport::{TlsAcceptance, keep_fresh};
