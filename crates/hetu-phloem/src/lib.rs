#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod answer;
mod attempt;
mod broadcast;
mod builder;
mod call;
mod connector;
mod endpoint;
mod error;
mod exchange;
mod health;
mod json_weight;
pub mod judging;
mod outcome;
mod phloem;
mod problem;
mod random;
mod receive;
mod reply_budget;
mod request_id;
mod retry_after;
mod route;
mod selection;
mod session;
mod stream;
mod subnet_file;
mod subnet_folder;
mod target;
mod target_sync;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod text;
mod trace;
mod transport_failure;
mod until;
mod violation;
pub mod weights;

pub use answer::Answer;
pub use attempt::Attempt;
pub use broadcast::{Broadcast, BroadcastOptions, BroadcastUntil};
pub use builder::{BuildError, PhloemBuilder};
pub use call::{Call, IntoCall, ItemStream, SingleReply};
pub use connector::ConnectionLimits;
pub use endpoint::ProofPolicy;
pub use error::{FaultSide, IdentityRefusal, QueryError};
pub use health::NetworkHealth;
pub use outcome::OutcomeClass;
pub use phloem::Phloem;
pub use reply_budget::ReplyShare;
pub use route::{
    AttemptKind, AttemptRecord, Hedging, Pick, RouteError, RouteOptions, Routed, Router,
};
pub use selection::{
    Blended, CandidateReport, Exclusion, Explanation, Fastest, RoundRobin, SelectionMode,
    SelectionPool, StakeWeighted, Sticky, Strategy, Unavailable, Weighted,
};
pub use stream::ReplyStream;
pub use subnet_folder::FolderError;
pub use target::Target;
pub use trace::{in_trace, new_trace};
pub use violation::HttpViolation;
