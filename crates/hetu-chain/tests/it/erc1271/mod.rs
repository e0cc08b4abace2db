//! Contracts as signers: existing ones, those that a signature deploys, those that misbehave, and
//! nodes that are unreachable.

mod failing;
mod kit;
mod memory;
mod misbehaving;
mod standing;
mod turns;
mod wrapped;
