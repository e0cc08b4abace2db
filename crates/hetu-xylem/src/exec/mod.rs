//! Handlers in any language: programs that exchange lines with the miner.
//!
//! `docs/guides/miner-in-any-language.md` describes the protocol for authors of such programs.

mod backoff;
mod error;
mod lines;
mod outages;
mod process;
mod program;
mod protocol;
mod slot;
mod workers;

pub use error::ExecError;
pub use program::ExecProgram;
pub use workers::ExecWorkers;
