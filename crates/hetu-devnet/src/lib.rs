#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod accounts;
#[cfg(feature = "anvil")]
mod anvil;
mod artifacts;
mod builder;
mod chain;
#[cfg(feature = "client")]
mod client;
mod convert;
mod deploying;
mod deployment_plan;
mod devnet;
mod error;
mod interval_mining;
mod limits;
mod mining;
mod population;
mod published;
mod reorg;
mod rpc;
mod settings;
mod start;
mod store;
mod timelock;

pub use accounts::DevAccount;
#[cfg(feature = "anvil")]
pub use anvil::Anvil;
pub use artifacts::InvalidDeployment;
pub use builder::DevnetBuilder;
pub use deployment_plan::{Deployment, DeploymentRoles, DeploymentStep, DeploymentTarget};
pub use devnet::Devnet;
pub use error::DevnetError;
pub use limits::DevnetLimits;
pub use mining::Mining;
pub use population::Population;
pub use reorg::{Reorg, ReorgError};
pub use store::StateFolderError;
pub use timelock::timelock_code;
