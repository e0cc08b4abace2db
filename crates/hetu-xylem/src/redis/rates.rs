//! Rates counted across all replicas.

use std::collections::HashMap;
use std::time::Duration;

use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use parking_lot::Mutex;
use redis::Script;
use tokio::time::Instant;

use super::RedisError;
use super::connection::{Connection, LOOK_AFTER};
use super::keys::RedisKeys;
use crate::rates::{Rate, RateKey, RateLimiter, RateRefusal};

/// Maximum number of refused callers that are cached in this process.
const CAPACITY: usize = 1 << 14;

/// Rates in Redis, so that a caller has one allowance for all replicas.
///
/// They have a resolution of one microsecond. A check only uses this process, which caches recent
/// refusals by Redis, so that unverified callers cause no load on Redis.
#[derive(Debug)]
pub struct RedisRateLimiter {
    connection: Connection,
    keys: RedisKeys,
    charge: Script,
    refused: Mutex<HashMap<RateKey, Instant>>,
}

impl RedisRateLimiter {
    pub(super) fn new(connection: Connection, keys: RedisKeys) -> Self {
        Self {
            connection,
            keys,
            charge: Script::new(include_str!("scripts/charge.lua")),
            refused: Mutex::default(),
        }
    }

    fn check_here(&self, key: &RateKey) -> Result<(), RateRefusal> {
        if !self.connection.is_up() {
            return Err(unavailable(self.connection.unexpected("it is away")));
        }
        let now = Instant::now();
        match self.refused.lock().get(key) {
            Some(until) if *until > now => Err(RateRefusal::Exceeded { retry_after: *until - now }),
            _ => Ok(()),
        }
    }

    async fn consume_there(&self, key: RateKey, rate: Rate) -> Result<(), RateRefusal> {
        let mut script = self.charge.prepare_invoke();
        script
            .key(self.keys.rate_of(&key))
            .arg(microseconds(rate.interval()))
            .arg(microseconds(rate.tolerance()));
        match self.connection.run::<u64>(&script).await.map_err(unavailable)? {
            0 => Ok(()),
            wait => {
                let retry_after = Duration::from_micros(wait);
                self.note(key, retry_after);
                Err(RateRefusal::Exceeded { retry_after })
            }
        }
    }

    /// Caches the refusal of a caller, if there is room. Redis then receives no query for it
    /// meanwhile.
    fn note(&self, key: RateKey, wait: Duration) {
        let now = Instant::now();
        let mut refused = self.refused.lock();
        if refused.len() >= CAPACITY {
            refused.retain(|_, until| *until > now);
        }
        // A wait from Redis may exceed the range of the clock of this machine.
        if refused.len() < CAPACITY
            && let Some(until) = now.checked_add(wait)
        {
            refused.insert(key, until);
        }
    }
}

impl RateLimiter for RedisRateLimiter {
    fn check(&self, key: RateKey, _: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>> {
        ReadyOrBoxed::ready(self.check_here(&key))
    }

    fn consume(&self, key: RateKey, rate: Rate) -> ReadyOrBoxed<'_, Result<(), RateRefusal>> {
        ReadyOrBoxed::boxed(self.consume_there(key, rate))
    }
}

fn unavailable(error: RedisError) -> RateRefusal {
    RateRefusal::Unavailable { reason: ForeignError::new(error), retry_after: LOOK_AFTER }
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).max(1)
}
