#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod advance;
mod builder;
mod change;
mod cold_sync;
mod driver;
mod endpoint;
mod error;
mod health;
mod hub;
mod member;
mod members;
mod metastruct;
mod metrics;
mod quality;
mod ranking;
mod snapshot;
mod tracked;
mod view;

pub use builder::MetastructBuilder;
pub use change::{Cause, Change, Update};
pub use cold_sync::{SyncProgress, SyncWay};
pub use endpoint::{Endpoint, EndpointRefusal, is_public_address};
pub use error::{StaleReason, StaleView, SyncError};
pub use health::{Freshness, HealthReport, Mode};
pub use member::Member;
pub use metastruct::{Changes, Metastruct, MissedUpdates};
pub use quality::{Observation, PeerHandle, PeerReport, PeerStatsTable};
pub use ranking::{BlendWeights, RankBy, Ranked, Ranking};
pub use snapshot::SnapshotError;
pub use view::View;
