#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod accounts;
#[cfg(feature = "anvil")]
mod anvil;
mod builder;
mod chain;
mod convert;
mod crowd;
mod deploy;
mod devnet;
mod error;
mod limits;
mod mining;
mod plan;
mod published;
mod reorg;
mod rpc;
#[cfg(feature = "client")]
mod scene;
mod settings;
mod start;
mod store;
mod timelock;

pub use accounts::DevAccount;
#[cfg(feature = "anvil")]
pub use anvil::Anvil;
pub use builder::DevnetBuilder;
pub use crowd::Crowd;
pub use devnet::Devnet;
pub use error::DevnetError;
pub use limits::Limits;
pub use mining::Mining;
pub use plan::{Deployment, DeploymentRoles, DeploymentStep, DeploymentTarget, InvalidDeployment};
pub use reorg::{Reorg, ReorgError};
pub use store::StateFolderError;
pub use timelock::timelock_code;
