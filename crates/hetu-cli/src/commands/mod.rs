//! The commands, one module each.

pub(crate) mod amm;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod dendron;
pub(crate) mod events;
pub(crate) mod localnet;
pub(crate) mod metastruct;
pub(crate) mod network;
pub(crate) mod phloem;
pub(crate) mod receipt;
mod registration;
pub(crate) mod stake;
pub(crate) mod subnet;
pub(crate) mod token;
pub(crate) mod tx;
pub(crate) mod wallet;
pub(crate) mod weights;
pub(crate) mod xylem;
