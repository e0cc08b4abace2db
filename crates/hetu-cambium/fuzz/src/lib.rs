//! Fuzz targets. Each has a module with a function `run` that panics if a property does not hold.

pub mod bincode_bodies;
mod message;
mod peers;
pub mod receipts;
pub mod signature_fields;
pub mod stream_frames;
pub mod structured_fields;
pub mod work;

pub use message::Message;
pub use peers::{Peers, SignedExchange};

/// Counts allocations, so that a target can limit the memory of one decoding.
#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);
