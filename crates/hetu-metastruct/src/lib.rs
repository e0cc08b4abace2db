#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod advance;
mod builder;
mod change;
mod cold_sync;
mod driver;
mod endpoint;
mod error;
mod freshness;
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
mod updates;
mod view;

pub use builder::MetastructBuilder;
pub use change::{SubnetChange, SubnetUpdate, UpdateCause};
pub use cold_sync::{SyncMethod, SyncProgress};
pub use endpoint::{Endpoint, EndpointRefusal, is_public_address};
pub use error::{StaleReason, StaleView, SyncError};
pub use health::{FollowMode, Freshness, HealthReport};
pub use member::Member;
pub use metastruct::Metastruct;
pub use quality::{PeerHandle, PeerOutcome, PeerReport, PeerStatsTable};
pub use ranking::{BlendWeights, RankBy, Ranked, Ranking};
pub use snapshot::SnapshotError;
pub use updates::{MissedUpdates, SubnetUpdates};
pub use view::View;
