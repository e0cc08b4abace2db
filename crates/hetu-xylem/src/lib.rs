#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod builder;
mod error;
#[cfg(feature = "exec")]
mod exec;
mod handler;
mod hooks;
mod limits;
mod metrics;
mod network;
mod policy;
mod queue;
mod rates;
#[cfg(feature = "redis")]
mod redis;
mod registered;
mod registration;
mod roles;
mod serving;
mod stream;
mod telemetry;
mod tls;

pub use builder::{Xylem, XylemBuilder};
pub use error::XylemError;
#[cfg(feature = "exec")]
pub use exec::{ExecError, ExecProgram, ExecWorkers};
pub use handler::{BlockingHandlerFn, HandlerError, HandlerFn};
pub use hooks::{HookFn, IncomingCall};
pub use limits::ServerLimits;
pub use network::RemoteAddress;
pub use policy::{Policy, PolicyFile, PolicyFileError, PolicyValueError};
pub use queue::WorkLimits;
pub use rates::{InMemoryRateLimiter, InvalidRate, Rate, RateKey, RateLimiter, RateRefusal};
#[cfg(feature = "redis")]
pub use redis::{
    RedisError, RedisOptions, RedisRateLimiter, RedisReplayStore, RedisSessions, RedisShared,
    SessionSecret,
};
pub use registration::Readiness;
pub use roles::{RoleSource, RolesUnavailable, SubnetRole};
pub use serving::{MinerService, ReplyBody, ReplyBodyError, RunningXylem};
pub use stream::{ItemSender, StreamFn};
pub use telemetry::RequestId;
#[cfg(feature = "telemetry")]
pub use telemetry::{LogFormat, TelemetryError, init as init_telemetry};
pub use tls::{TlsError, TlsSettings};
