//! How often a caller may call: asked before the signature, charged after it.

mod answer;
mod key;
mod memory;
mod rate;

pub use answer::{RateAnswer, RateRefusal, Rates};
pub use key::RateKey;
pub use memory::MemoryRates;
pub use rate::{InvalidRate, Rate};
