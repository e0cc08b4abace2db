#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod builder;
mod connector;
mod error;
mod exchange;
mod phloem;
mod target;

pub use builder::{BuildError, PhloemBuilder};
pub use error::QueryError;
pub use exchange::Answer;
pub use phloem::Phloem;
pub use target::Target;
