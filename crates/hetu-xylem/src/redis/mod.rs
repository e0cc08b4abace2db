//! The state that replicas of one miner share through Redis or Valkey.

mod connection;
mod error;
mod keys;
mod metrics;
mod options;
mod rates;
mod replay;
mod secret;
mod sessions;
mod shared;

pub use error::RedisError;
pub use options::RedisOptions;
pub use rates::RedisRateLimiter;
pub use replay::RedisReplayStore;
pub use secret::SessionSecret;
pub use sessions::RedisSessions;
pub use shared::RedisShared;
