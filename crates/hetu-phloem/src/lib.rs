#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod builder;
mod connector;
mod durable_file;
mod error;
mod exchange;
pub mod judging;
mod phloem;
mod subnet_folder;
mod target;
pub mod weights;

pub use builder::{BuildError, PhloemBuilder};
pub use error::QueryError;
pub use exchange::Answer;
pub use phloem::Phloem;
pub use subnet_folder::FolderError;
pub use target::Target;
