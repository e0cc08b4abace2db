//! Programs in any language as handlers: workers that are asked line by line.
//!
//! `docs/guides/miner-in-any-language.md` describes the protocol for those who write such programs.

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
