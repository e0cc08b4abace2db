//! Contracts as signers: those that are there, those that a signature brings along, those that
//! misbehave, and nodes that cannot be asked.

mod failing;
mod kit;
mod memory;
mod misbehaving;
mod standing;
mod turns;
mod wrapped;
