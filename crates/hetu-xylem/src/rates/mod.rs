//! How often a caller may call: asked before the signature, charged after it.

mod answer;
mod key;
mod memory;
mod rate;

pub use answer::{RateLimiter, RateRefusal};
pub use key::RateKey;
pub use memory::InMemoryRateLimiter;
pub use rate::{InvalidRate, Rate};
