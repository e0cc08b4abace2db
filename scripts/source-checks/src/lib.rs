//! Rules about the structure of the sources, based on syn. This crate is not published.
//!
//! - [`tree`]: the modules of a crate, with their files.
//! - [`names`]: resolution of a path to the module of its definition.
//! - [`circles`]: detection of modules that use each other in a circle.
//! - [`methods`]: the files of each type's inherent methods.
//! - [`retryability`]: the retryability of each variant of an error.
//!
//! The rules read production code only and skip items under `#[cfg(test)]`.

pub mod circles;
mod configuration;
pub mod methods;
pub mod names;
mod paths;
pub mod retryability;
pub mod tree;
