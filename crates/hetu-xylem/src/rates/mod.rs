//! The rates of callers, checked before the signature and charged after it.

mod answer;
mod key;
mod memory;
mod rate;

pub use answer::{RateLimiter, RateRefusal};
pub use key::RateKey;
pub use memory::InMemoryRateLimiter;
pub use rate::{InvalidRate, Rate};
