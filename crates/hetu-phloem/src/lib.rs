#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod attempt;
mod broadcast;
mod builder;
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
mod receive;
mod reply_budget;
mod request_id;
mod retry_after;
mod roster;
mod route;
mod selection;
mod session;
mod stream;
mod subnet_file;
mod subnet_folder;
mod target;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod text;
mod trace;
mod until;
mod violation;
pub mod weights;

pub use attempt::Attempt;
pub use broadcast::{Broadcast, BroadcastOptions, BroadcastUntil};
pub use builder::{BuildError, PhloemBuilder};
pub use connector::ConnectionLimits;
pub use endpoint::ProofPolicy;
pub use error::{Fault, IdentityRefusal, QueryError};
pub use exchange::Answer;
pub use health::NetworkHealth;
pub use outcome::OutcomeClass;
pub use phloem::Phloem;
pub use reply_budget::ReplyShare;
pub use route::{
    AttemptKind, AttemptRecord, Hedging, Pick, RouteError, RouteOptions, Routed, Router,
    Unavailable,
};
pub use selection::{
    Blended, CandidateReport, Exclusion, Explanation, Fastest, Pool, RoundRobin, SelectionMode,
    StakeWeighted, Sticky, Strategy, Weighted,
};
pub use stream::ReplyStream;
pub use subnet_folder::FolderError;
pub use target::Target;
pub use trace::{in_trace, new_trace};
pub use violation::HttpViolation;
