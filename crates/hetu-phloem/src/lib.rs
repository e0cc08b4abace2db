#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod attempt;
mod builder;
mod connector;
mod error;
mod exchange;
mod outcome;
mod phloem;
mod retry_after;
mod target;

pub use attempt::Attempt;
pub use builder::{BuildError, PhloemBuilder};
pub use error::QueryError;
pub use exchange::Answer;
pub use outcome::OutcomeClass;
pub use phloem::Phloem;
pub use target::Target;
