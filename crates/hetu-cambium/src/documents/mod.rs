//! Documents that a miner publishes about itself.

mod access;
mod discovery;
mod fingerprint;
mod json_service;
mod open_resource;
mod openapi;
mod service;

pub use access::Access;
pub use discovery::{DiscoveryDocument, PublishedLimits};
pub use fingerprint::{CertificateFingerprint, InvalidFingerprint};
pub use json_service::{InvalidSchema, JsonService};
pub use open_resource::{OpenResource, PingDocument};
pub use openapi::openapi_document;
pub use service::{PublishedService, ServiceDescription, ServiceKind};
