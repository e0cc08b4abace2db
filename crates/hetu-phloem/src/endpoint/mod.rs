//! The endpoints of miners, and the proofs of their registered keys.

mod backoff;
mod miner_endpoint;
mod proof;
mod proven;
mod service_uris;
mod table;

pub(crate) use miner_endpoint::{MinerEndpoint, ProofAges};
pub use proof::ProofPolicy;
pub(crate) use proof::Prover;
pub(crate) use proven::{KnownDocument, ProvenEndpoint};
pub(crate) use table::EndpointTable;
