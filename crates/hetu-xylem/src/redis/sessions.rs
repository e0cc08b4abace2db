//! Sessions, shared by all replicas.

use std::time::Duration;

use hetu_cambium::{
    AccountId, SequenceOutcome, SessionId, SessionLimits, SessionRecord, SessionStore,
    SessionStoreError,
};
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::text::ForeignError;
use redis::Script;

use super::RedisError;
use super::connection::{Connection, LOOK_AFTER};
use super::keys::RedisKeys;
use super::secret::Seal;

/// Sessions in Redis. All replicas serve a session that one of them opened, and each number counts
/// once across all of them.
///
/// Keys are sealed under a [`SessionSecret`](super::SessionSecret). All sessions end when Redis
/// restarts, because the numbers it lost are unknown; callers open new ones.
#[derive(Debug)]
pub struct RedisSessions {
    connection: Connection,
    keys: RedisKeys,
    seal: Seal,
    keep: Script,
    use_number: Script,
    end: Script,
}

impl RedisSessions {
    pub(super) fn new(connection: Connection, keys: RedisKeys, seal: Seal) -> Self {
        Self {
            connection,
            keys,
            seal,
            keep: Script::new(include_str!("scripts/keep_session.lua")),
            use_number: Script::new(include_str!("scripts/use_number.lua")),
            end: Script::new(include_str!("scripts/end_sessions.lua")),
        }
    }

    async fn keep_session(
        &self,
        session: &SessionRecord,
        lifetime: Duration,
        limits: SessionLimits,
    ) -> Result<(), SessionStoreError> {
        let id = session.id().to_string();
        let record = self.seal.close(&id, &session.to_secret_bytes()).map_err(unavailable)?;
        let mut script = self.keep.prepare_invoke();
        script
            .key(self.keys.sessions())
            .key(self.keys.sessions_of(&session.account()))
            .key(self.keys.session(&session.id()))
            .arg(self.keys.session_prefix())
            .arg(id)
            .arg(record)
            .arg(lifetime.as_secs().max(1))
            .arg(limits.capacity())
            .arg(limits.per_account());
        match self.connection.run::<u64>(&script).await.map_err(unavailable)? {
            0 => Ok(()),
            seconds => Err(SessionStoreError::Full { retry_after: Duration::from_secs(seconds) }),
        }
    }

    async fn find_session(&self, id: &SessionId) -> Result<Option<SessionRecord>, RedisError> {
        let mut question = redis::cmd("HGET");
        question.arg(self.keys.session(id)).arg("record");
        let sealed: Option<Vec<u8>> = self.connection.ask(&question).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let record = self.seal.open(&id.to_string(), &sealed);
        let record = record.and_then(|bytes| SessionRecord::from_secret_bytes(&bytes).ok());
        if record.is_none() {
            // Sealed under another secret, by another version, or not by this miner.
            tracing::warn!(%id, "a session in Redis cannot be opened: is the secret the same?");
        }
        Ok(record)
    }

    async fn use_number_of(
        &self,
        id: &SessionId,
        number: u64,
    ) -> Result<SequenceOutcome, RedisError> {
        if number == 0 {
            return Ok(SequenceOutcome::Repeated);
        }
        let (block, offset) = (number / SessionRecord::WINDOW, number % SessionRecord::WINDOW);
        let mut script = self.use_number.prepare_invoke();
        script
            .key(self.keys.session(id))
            .key(self.keys.numbers(id, block))
            .arg(block)
            .arg(offset)
            .arg(format!("block{}", block % 2));
        match self.connection.run::<u64>(&script).await? {
            0 => Ok(SequenceOutcome::First),
            1 => Ok(SequenceOutcome::Repeated),
            2 => Ok(SequenceOutcome::Over),
            _ => Err(self.connection.unexpected("its script gave an answer of another kind")),
        }
    }

    async fn end_sessions_of(&self, account: &AccountId) -> Result<(), RedisError> {
        let mut script = self.end.prepare_invoke();
        script
            .key(self.keys.sessions())
            .key(self.keys.sessions_of(account))
            .arg(self.keys.session_prefix());
        self.connection.run::<u64>(&script).await.map(|_| ())
    }
}

fn unavailable(error: RedisError) -> SessionStoreError {
    SessionStoreError::Unavailable { reason: ForeignError::new(error), retry_after: LOOK_AFTER }
}

impl SessionStore for RedisSessions {
    fn keep<'a>(
        &'a self,
        session: &'a SessionRecord,
        lifetime: Duration,
        limits: SessionLimits,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>> {
        ReadyOrBoxed::boxed(self.keep_session(session, lifetime, limits))
    }

    fn find<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> ReadyOrBoxed<'a, Result<Option<SessionRecord>, SessionStoreError>> {
        ReadyOrBoxed::boxed(async { self.find_session(id).await.map_err(unavailable) })
    }

    fn use_number<'a>(
        &'a self,
        id: &'a SessionId,
        number: u64,
    ) -> ReadyOrBoxed<'a, Result<SequenceOutcome, SessionStoreError>> {
        ReadyOrBoxed::boxed(
            async move { self.use_number_of(id, number).await.map_err(unavailable) },
        )
    }

    fn end_all_of<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>> {
        ReadyOrBoxed::boxed(async { self.end_sessions_of(account).await.map_err(unavailable) })
    }
}
