//! What a miner publishes about itself.

mod discovery;
mod openapi;
mod service;

pub use discovery::{DiscoveryDocument, PublishedLimits};
pub use openapi::openapi_document;
pub use service::{PublishedService, ServiceDescription, ServiceKind};
