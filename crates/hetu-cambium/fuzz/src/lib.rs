//! What the fuzz targets do. Each has a module with a function `run` that panics where something
//! does not hold.

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

/// Counts what is allocated, so that a target can limit what one decoding may take.
#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);
