//! Used signatures, shared by all replicas.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{AcceptanceWindow, ReplayOutcome, ReplayStore, ReplayStoreError, SignatureUse};
use hetu_chain::Clock;
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use redis::Script;

use super::RedisError;
use super::connection::{Connection, LOOK_AFTER};
use super::keys::RedisKeys;

/// The allowed clock difference between replicas, in addition to the acceptance window.
const MARGIN: Duration = Duration::from_secs(60);

/// Used signatures in Redis, so that each is accepted once across all replicas.
///
/// The persistence settings of Redis make no difference. After a restart, a flush or a replacement
/// of Redis, every request signed before that time is refused
/// ([`RequestPredatesStart`](hetu_cambium::Reason::RequestPredatesStart)), because the lost data is
/// unknown.
#[derive(Debug)]
pub struct RedisReplayStore {
    connection: Connection,
    keys: RedisKeys,
    retention: Duration,
    uses_per_account: usize,
    clock: Arc<dyn Clock>,
    remember: Script,
}

impl RedisReplayStore {
    pub(super) fn new(
        connection: Connection,
        keys: RedisKeys,
        window: AcceptanceWindow,
        uses_per_account: usize,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            connection,
            keys,
            retention: window.span() + MARGIN,
            uses_per_account: uses_per_account.max(1),
            clock,
            remember: Script::new(include_str!("scripts/remember.lua")),
        }
    }

    /// Starts the record of used signatures unless it exists. Returns the time until requests
    /// signed now are accepted: at most one second.
    pub(super) async fn begin(&self) -> Result<Duration, RedisError> {
        let script = Script::new(include_str!("scripts/begin.lua"));
        let mut script = script.prepare_invoke();
        script.key(self.keys.memory()).arg(self.first_safe_second());
        let since: u64 = self.connection.run(&script).await?;
        let wait = Duration::from_secs(since).saturating_sub(self.clock.unix_time());
        Ok(wait.min(LOOK_AFTER))
    }

    /// Returns the first second with no earlier signatures. Signatures have a resolution of one
    /// second, so a signature of the current second may have been used before.
    fn first_safe_second(&self) -> u64 {
        let now = self.clock.unix_time();
        now.as_secs() + u64::from(now.subsec_nanos() > 0)
    }

    async fn ask(&self, used: &SignatureUse) -> Result<ReplayOutcome, RedisError> {
        let mut script = self.remember.prepare_invoke();
        script
            .key(self.keys.memory())
            .key(self.keys.uses_of(&used.account()))
            .arg(&used.key()[..])
            .arg(used.created())
            .arg(self.first_safe_second())
            .arg(self.retention.as_secs())
            .arg(self.uses_per_account);
        let answer: Vec<u64> = self.connection.run(&script).await?;
        match answer[..] {
            [0] => Ok(ReplayOutcome::New),
            [1] => Ok(ReplayOutcome::Used),
            [2] => Ok(ReplayOutcome::Forgotten),
            [3, seconds] => Ok(ReplayOutcome::NoRoom { retry_after: Duration::from_secs(seconds) }),
            _ => Err(self.connection.unexpected("its script gave an answer of another kind")),
        }
    }
}

impl ReplayStore for RedisReplayStore {
    fn retention(&self) -> Duration {
        self.retention
    }

    fn outlives_process(&self) -> bool {
        true
    }

    fn remember<'store>(
        &'store self,
        used: &'store SignatureUse,
    ) -> ReadyOrBoxed<'store, Result<ReplayOutcome, ReplayStoreError>> {
        ReadyOrBoxed::boxed(async {
            self.ask(used).await.map_err(|error| ReplayStoreError {
                reason: ForeignError::new(error),
                retry_after: LOOK_AFTER,
            })
        })
    }
}
