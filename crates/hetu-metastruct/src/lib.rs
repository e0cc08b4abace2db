#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod endpoint;
mod metastruct;
mod view;

pub use endpoint::{Endpoint, EndpointRefusal, is_public_address};
pub use metastruct::{Metastruct, MetastructBuilder, StaleView, SyncError};
pub use view::{Member, View};
