//! The options of the connection to Redis.

use std::fmt;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{ConnectionInfo, IntoConnectionInfo};

use super::{RedisError, SessionSecret};

/// The options of the connection to the Redis that the replicas of a miner share.
///
/// Redis 7.0 and later and every Valkey version work; a cluster does not. All replicas use the same
/// options.
#[derive(Clone)]
pub struct RedisOptions {
    pub(super) server: ConnectionInfo,
    pub(super) secret: SessionSecret,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) commands: usize,
    pub(super) uses_per_account: usize,
}

impl RedisOptions {
    /// Creates the options for the Redis at `address`: `redis://user:password@host:6379/0`, the
    /// same with `rediss` for TLS (with the certificates that the operating system trusts), or
    /// `redis+unix:///path`.
    ///
    /// The stored sessions are encrypted with `secret`.
    ///
    /// # Errors
    /// [`RedisError::Address`] if the address is invalid.
    pub fn new(address: &str, secret: SessionSecret) -> Result<Self, RedisError> {
        // The address may contain a password, so the error contains only the kind of mistake.
        let invalid = |error: redis::RedisError| RedisError::Address {
            reason: error.category().to_lowercase(),
        };
        let server = address.into_connection_info().map_err(invalid)?;
        Ok(Self {
            server,
            secret,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(1),
            commands: 1_024,
            uses_per_account: 1 << 19,
        })
    }

    /// Sets the time limit of a connection attempt. Default: 2 s.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time limit of an answer, including the wait for a connection. After it, a request
    /// is refused with 503. Default: 1 s.
    #[must_use]
    pub const fn with_response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Sets the number of commands in flight, from 1 to 65,536. Queries for unverified callers use
    /// an additional sixteenth. Default: 1,024.
    #[must_use]
    pub const fn with_commands(mut self, commands: usize) -> Self {
        self.commands = match commands {
            0 => 1,
            1..=65_536 => commands,
            _ => 65_536,
        };
        self
    }

    /// Sets the number of used signatures to remember for one account. Each takes about 150 bytes
    /// of the memory of Redis. Default: 2^19, which allows about 2,900 calls per second without a
    /// session.
    #[must_use]
    pub const fn with_uses_per_account(mut self, uses: usize) -> Self {
        self.uses_per_account = uses;
        self
    }

    /// Returns host and port, or the path of the socket, without credentials.
    pub(super) fn address(&self) -> String {
        self.server.addr().to_string()
    }

    /// Returns the connection info. Its TCP settings detect a silently lost server within the time
    /// limit of an answer.
    pub(super) fn connection_info(&self) -> ConnectionInfo {
        let settings = TcpSettings::default().set_nodelay(true);
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        let settings = settings.set_user_timeout(self.response_timeout);
        self.server.clone().set_tcp_settings(settings)
    }
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisOptions")
            .field("address", &self.address())
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("commands", &self.commands)
            .field("uses_per_account", &self.uses_per_account)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(address: &str) -> Result<RedisOptions, RedisError> {
        RedisOptions::new(address, SessionSecret::new([1; 32]))
    }

    #[test]
    fn an_address_shows_no_password() {
        let options = options("rediss://miner:s3cret-word@redis.internal:6380/2").unwrap();
        assert_eq!(options.address(), "redis.internal:6380");
        let shown = format!("{options:?}");
        assert!(shown.contains("redis.internal:6380"), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("miner"), "{shown}");
    }

    #[test]
    fn an_address_that_is_none_shows_nothing_of_itself() {
        for address in ["http://s3cret@host", "redis://:s3cret@host:port", "s3cret", ""] {
            let error = options(address).unwrap_err().to_string();
            assert!(error.starts_with("not the address of a Redis"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        assert_eq!(options("redis+unix:///run/redis.sock").unwrap().address(), "/run/redis.sock");
    }
}
