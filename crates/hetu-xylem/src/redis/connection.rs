//! A shared connection to Redis that reconnects by itself.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use hetu_chain::text::ForeignError;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, RedisResult, ScriptInvocation};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::metrics::RedisMetrics;
use super::{RedisError, RedisOptions};

/// The interval of health checks of the server, and the `Retry-After` of callers while it is
/// unavailable.
pub(super) const LOOK_AFTER: Duration = Duration::from_secs(1);

/// The divisor of the number of commands that gives the number of queries for unverified callers.
const QUESTIONS: usize = 16;

/// A connection that its clones share.
#[derive(Clone)]
pub(super) struct Connection(Arc<SharedConnection>);

struct SharedConnection {
    manager: ConnectionManager,
    address: String,
    response_timeout: Duration,
    commands: Semaphore,
    questions: Semaphore,
    is_up: AtomicBool,
    metrics: RedisMetrics,
}

impl Connection {
    /// Connects, and checks that the server does not evict keys.
    pub(super) async fn open(options: &RedisOptions) -> Result<Self, RedisError> {
        let address = options.address();
        let unavailable =
            |reason: ForeignError| RedisError::Unavailable { address: address.clone(), reason };
        install_tls_provider();
        let client = Client::open(options.connection_info())
            .map_err(|error| unavailable(ForeignError::new(error)))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout))
            .set_pipeline_buffer_size(options.commands)
            .set_number_of_retries(1)
            .set_max_delay(LOOK_AFTER);
        let connecting = ConnectionManager::new_with_config(client, config);
        // Two attempts and the pause between them.
        let patience = options.connect_timeout.saturating_mul(2).saturating_add(LOOK_AFTER);
        let manager = timeout(patience, connecting)
            .await
            .map_err(|_| unavailable("no connection in time".into()))?
            .map_err(|error| unavailable(ForeignError::new(error)))?;
        let connection = Self(Arc::new(SharedConnection {
            manager,
            response_timeout: options.response_timeout,
            commands: Semaphore::new(options.commands),
            questions: Semaphore::new(options.commands.div_ceil(QUESTIONS)),
            is_up: AtomicBool::new(true),
            metrics: RedisMetrics::default(),
            address,
        }));
        connection.0.check().await?;
        connection.0.metrics.set_up(true);
        tokio::spawn(look_after(Arc::downgrade(&connection.0)));
        Ok(connection)
    }

    /// Returns `true` if the server answered the last health check.
    pub(super) fn is_up(&self) -> bool {
        self.0.is_up.load(Ordering::Acquire)
    }

    pub(super) fn metrics(&self) -> &RedisMetrics {
        &self.0.metrics
    }

    /// Runs a script for a verified caller.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, RedisError> {
        let mut manager = self.0.manager.clone();
        self.answer(&self.0.commands, script.invoke_async(&mut manager)).await
    }

    /// Runs a query for an unverified caller.
    pub(super) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Result<T, RedisError> {
        let mut manager = self.0.manager.clone();
        self.answer(&self.0.questions, question.query_async(&mut manager)).await
    }

    async fn answer<T>(
        &self,
        lane: &Semaphore,
        command: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, RedisError> {
        let outcome = if self.is_up() {
            self.0.in_time(lane, command).await
        } else {
            Err(self.0.unavailable("it did not answer when it was last looked after"))
        };
        if let Err(error) = &outcome {
            self.0.metrics.failed();
            tracing::debug!(%error, "a request cannot be judged");
        }
        outcome
    }

    /// Returns the error of invalid data, for the log.
    pub(super) fn unexpected(&self, reason: &'static str) -> RedisError {
        self.0.unavailable(reason)
    }
}

impl SharedConnection {
    fn unavailable(&self, reason: impl Into<Box<dyn Error + Send + Sync>>) -> RedisError {
        let reason = ForeignError::new(reason);
        RedisError::Unavailable { address: self.address.clone(), reason }
    }

    async fn in_time<T>(
        &self,
        lane: &Semaphore,
        command: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, RedisError> {
        let in_turn = async {
            // The semaphores are never closed.
            let _turn = lane.acquire().await.map_err(|error| self.unavailable(error))?;
            command.await.map_err(|error| self.unavailable(error))
        };
        timeout(self.response_timeout, in_turn)
            .await
            .unwrap_or_else(|_| Err(self.unavailable("no answer in time")))
    }

    /// Checks that the server answers and does not evict keys. The check waits for no permit, so
    /// that many callers do not make the server look unavailable.
    async fn check(&self) -> Result<(), RedisError> {
        let mut manager = self.manager.clone();
        let mut question = redis::cmd("INFO");
        question.arg("memory");
        let text: String = timeout(self.response_timeout, question.query_async(&mut manager))
            .await
            .map_err(|_| self.unavailable("no answer in time"))?
            .map_err(|error| self.unavailable(error))?;
        match evicting_policy(&text) {
            None => Ok(()),
            Some(policy) => {
                Err(RedisError::Evicts { address: self.address.clone(), policy: policy.to_owned() })
            }
        }
    }
}

/// Returns the eviction policy of the server, or `None` if it evicts no keys.
fn evicting_policy(memory: &str) -> Option<&str> {
    let value = |name: &str| {
        memory.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    // A server that does not report its policy counts as evicting.
    let policy = value("maxmemory_policy").unwrap_or("unknown");
    (policy != "noeviction" && value("maxmemory") != Some("0")).then_some(policy)
}

/// Checks the server at intervals while the connection is in use.
async fn look_after(connection: Weak<SharedConnection>) {
    let mut ticks = interval(LOOK_AFTER);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(connection) = connection.upgrade() else { return };
        let outcome = connection.check().await;
        let is_up = outcome.is_ok();
        let was_up = connection.is_up.swap(is_up, Ordering::AcqRel);
        connection.metrics.set_up(is_up);
        let address = &connection.address;
        match outcome {
            Ok(()) if !was_up => tracing::info!(%address, "Redis is back"),
            Err(error) if was_up => {
                tracing::error!(%error, "what replicas share is not known: requests are refused");
            }
            _ => {}
        }
    }
}

/// Installs a TLS provider. The Redis client uses the provider of the process, and a program built
/// with two providers has no default.
fn install_tls_provider() {
    use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
    if CryptoProvider::get_default().is_none() {
        // Another thread may have installed a provider first, with the same result.
        let _ = ring::default_provider().install_default();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("address", &self.0.address)
            .field("is_up", &self.is_up())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_may_forget_is_told_from_one_that_does_not() {
        let memory = |maxmemory: u64, policy: &str| {
            format!("# Memory\r\nmaxmemory:{maxmemory}\r\nmaxmemory_policy:{policy}\r\n")
        };
        assert_eq!(evicting_policy(&memory(0, "allkeys-lru")), None);
        assert_eq!(evicting_policy(&memory(1 << 30, "noeviction")), None);
        assert_eq!(evicting_policy(&memory(1 << 30, "volatile-ttl")), Some("volatile-ttl"));
        assert_eq!(evicting_policy(""), Some("unknown"));
    }
}
