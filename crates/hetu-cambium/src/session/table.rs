//! The sessions that a miner keeps.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use hetu_chain::{Address, Clock, NetUid};

use super::id::SessionId;
use super::keys::{SessionContext, SessionKeys, is_code};
use super::limits::SessionLimits;
use super::sequence::UsedSequences;
use crate::{AccountId, Reason, Refusal};

/// One session of one account with one miner.
#[derive(Debug)]
pub(crate) struct Session {
    id: SessionId,
    account: AccountId,
    netuid: NetUid,
    recipient: Address,
    /// The first second in which the session is over.
    expires: u64,
    keys: SessionKeys,
    used: Mutex<UsedSequences>,
}

impl Session {
    pub(crate) fn new(context: &SessionContext, keys: SessionKeys, expires: u64) -> Self {
        Self {
            id: context.id,
            account: context.caller,
            netuid: context.netuid,
            recipient: context.miner.address,
            expires,
            keys,
            used: Mutex::new(UsedSequences::new()),
        }
    }

    pub(crate) const fn id(&self) -> SessionId {
        self.id
    }

    pub(crate) const fn account(&self) -> AccountId {
        self.account
    }

    pub(crate) const fn netuid(&self) -> NetUid {
        self.netuid
    }

    pub(crate) const fn recipient(&self) -> Address {
        self.recipient
    }

    pub(crate) const fn keys(&self) -> &SessionKeys {
        &self.keys
    }

    /// Checks the code of a request, and takes note that its number was used.
    pub(crate) fn verify(&self, base: &[u8], code: &[u8], sequence: u64) -> Result<(), Refusal> {
        if !is_code(&self.keys.request, base, code) {
            return Err(Refusal::new(
                Reason::BadSignature,
                "the session did not make this signature over this request",
            ));
        }
        // Nothing panics while the bits are changed, so poisoned ones are still whole.
        if self.used.lock().unwrap_or_else(PoisonError::into_inner).accept(sequence) {
            Ok(())
        } else {
            Err(Refusal::new(Reason::NonceReused, "the number was used before or is too old"))
        }
    }
}

/// The sessions that a miner keeps: bounded, of limited life, and gone with the process.
///
/// A session takes the place of a wallet's signature and of nothing else: whether its account may
/// call is asked at each request anew.
#[derive(Debug)]
pub struct Sessions {
    limits: SessionLimits,
    clock: Arc<dyn Clock>,
    table: RwLock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<SessionId, Arc<Session>>,
    /// The sessions of each account, the oldest first.
    by_account: HashMap<AccountId, VecDeque<SessionId>>,
}

impl Sessions {
    /// No sessions yet.
    pub fn new(limits: SessionLimits, clock: Arc<dyn Clock>) -> Self {
        Self { limits, clock, table: RwLock::default() }
    }

    /// How many sessions there are, those included that are over but not yet cleared away.
    pub fn len(&self) -> usize {
        self.read().by_id.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When a session that begins now is over: after what was asked for, within what is granted,
    /// and after a second at least.
    pub(crate) fn end_of_next(&self, asked: Option<Duration>) -> u64 {
        let shortest = Duration::from_secs(1);
        let longest = self.limits.lifetime.max(shortest);
        let lifetime = asked.unwrap_or(longest).clamp(shortest, longest);
        self.clock.unix_seconds() + lifetime.as_secs()
    }

    /// The session `id`, unless it is over.
    pub(crate) fn find(&self, id: &SessionId) -> Option<Arc<Session>> {
        let session = self.read().by_id.get(id).cloned()?;
        (self.clock.unix_seconds() < session.expires).then_some(session)
    }

    /// Ends every session of `account`.
    pub fn end_all_of(&self, account: &AccountId) {
        let mut table = self.write();
        for id in table.by_account.remove(account).into_iter().flatten() {
            table.by_id.remove(&id);
        }
    }

    /// Keeps a session.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] if there is no room.
    pub(crate) fn insert(&self, session: Session) -> Result<(), Refusal> {
        let now = self.clock.unix_seconds();
        let mut table = self.write();
        let own = table.by_account.get(&session.account).map_or(0, VecDeque::len);
        let replaces_own = own > 0 && own >= self.limits.per_account;
        if table.by_id.len() >= self.limits.capacity && !replaces_own {
            table.clear_away(now);
            if table.by_id.len() >= self.limits.capacity {
                let refusal = Refusal::new(Reason::Overloaded, "there are too many sessions");
                return Err(refusal.with_retry_after(table.next_end(now)));
            }
        }
        table.insert(session, self.limits.per_account);
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn insert(&mut self, session: Session, per_account: usize) {
        let (id, account) = (session.id, session.account);
        let own = self.by_account.entry(account).or_default();
        while own.len() >= per_account.max(1) {
            if let Some(oldest) = own.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
        own.push_back(id);
        self.by_id.insert(id, Arc::new(session));
    }

    fn clear_away(&mut self, now: u64) {
        let Self { by_id, by_account } = self;
        by_id.retain(|_, session| now < session.expires);
        by_account.retain(|_, own| {
            own.retain(|id| by_id.contains_key(id));
            !own.is_empty()
        });
    }

    fn next_end(&self, now: u64) -> Duration {
        let ends = self.by_id.values().map(|session| session.expires.saturating_sub(now));
        Duration::from_secs(ends.min().unwrap_or(0).max(1))
    }
}
