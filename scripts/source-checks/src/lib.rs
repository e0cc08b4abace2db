//! Rules about the structure of the sources, read by syn. This crate is not published.
//!
//! - [`tree`]: the modules of a crate, with their files.
//! - [`names`]: the module that defines what a path names.
//! - [`circles`]: modules that use each other.
//! - [`methods`]: the files of each type's inherent methods.
//! - [`retryability`]: whether a retry can help, by variant of an error.
//!
//! Only production code counts: items under `#[cfg(test)]` are left out.

pub mod circles;
mod configuration;
pub mod methods;
pub mod names;
mod paths;
pub mod retryability;
pub mod tree;
