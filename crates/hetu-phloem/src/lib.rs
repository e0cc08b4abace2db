#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod attempt;
mod builder;
mod connector;
mod durable_file;
mod endpoint;
mod error;
mod exchange;
pub mod judging;
mod outcome;
mod phloem;
mod receive;
mod retry_after;
mod session;
mod stream;
mod subnet_folder;
mod target;
pub mod weights;

pub use attempt::Attempt;
pub use builder::{BuildError, PhloemBuilder};
pub use connector::ConnectionLimits;
pub use endpoint::ProofPolicy;
pub use error::{Fault, IdentityRefusal, QueryError};
pub use exchange::Answer;
pub use outcome::OutcomeClass;
pub use phloem::Phloem;
pub use stream::ReplyStream;
pub use subnet_folder::FolderError;
pub use target::Target;
