//! The shared state of replicas.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::AcceptanceWindow;
use hetu_chain::{Address, ChainId, Clock, NetUid};

use super::connection::Connection;
use super::keys::RedisKeys;
use super::{RedisError, RedisOptions, RedisRateLimiter, RedisReplayStore, RedisSessions};

/// The state that all replicas of one miner share through one Redis.
///
/// [`XylemBuilder::redis`](crate::XylemBuilder::redis) creates one when the miner starts. A server
/// without a `XylemBuilder`, such as one on the layers of `hetu-cambium`, creates it with
/// [`connect`](Self::connect).
#[derive(Clone, Debug)]
pub struct RedisShared {
    connection: Connection,
    replay_store: Arc<RedisReplayStore>,
    sessions: Arc<RedisSessions>,
    rates: Arc<RedisRateLimiter>,
}

impl RedisShared {
    /// Connects for the miner at `miner`. Signatures that are accepted in `window` are remembered,
    /// by `clock`.
    ///
    /// With an empty Redis, this takes up to one second longer, until requests signed from then on
    /// are accepted.
    ///
    /// # Errors
    /// [`RedisError`] if Redis is not usable. If Redis becomes unavailable later, the affected
    /// requests are refused with 503 until it is available again.
    pub async fn connect(
        options: &RedisOptions,
        (chain, netuid, miner): (ChainId, NetUid, Address),
        window: AcceptanceWindow,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RedisError> {
        let connection = Connection::open(options).await?;
        let keys = RedisKeys::of_miner(chain, netuid, miner);
        let replay_store = RedisReplayStore::new(
            connection.clone(),
            keys.clone(),
            window,
            options.uses_per_account,
            clock,
        );
        let opens_in = replay_store.begin().await?;
        let seal = options.secret.seal(keys.prefix());
        let shared = Self {
            replay_store: Arc::new(replay_store),
            sessions: Arc::new(RedisSessions::new(connection.clone(), keys.clone(), seal)),
            rates: Arc::new(RedisRateLimiter::new(connection.clone(), keys)),
            connection,
        };
        if opens_in > Duration::ZERO {
            tokio::time::sleep(opens_in).await;
        }
        Ok(shared)
    }

    /// Returns the used signatures.
    pub fn replay_store(&self) -> Arc<RedisReplayStore> {
        Arc::clone(&self.replay_store)
    }

    /// Returns the sessions.
    pub fn sessions(&self) -> Arc<RedisSessions> {
        Arc::clone(&self.sessions)
    }

    /// Returns the rates.
    pub fn rates(&self) -> Arc<RedisRateLimiter> {
        Arc::clone(&self.rates)
    }

    /// Returns `true` if Redis answered the last health check. The interval is one second.
    pub fn is_available(&self) -> bool {
        self.connection.is_up()
    }

    pub(crate) fn register_in(&self, registry: &mut prometheus_client::registry::Registry) {
        self.connection.metrics().register_in(registry);
    }
}
