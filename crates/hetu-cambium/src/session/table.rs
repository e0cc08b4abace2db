//! The sessions of a miner.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hetu_chain::Clock;
use parking_lot::RwLock;

use super::id::SessionId;
use super::limits::SessionLimits;
use super::open::OpenSession;
use super::record::SessionRecord;
use super::store::{SequenceOutcome, SessionStore, SessionStoreError};
use crate::{AccountId, Reason, Refusal, RegisteredAccounts};

/// The sessions of a miner, bounded in number and lifetime. They are lost with the process, unless
/// a [`SessionStore`] keeps them.
///
/// A session replaces only the signature of a wallet. The authorization of its account is still
/// checked at each request.
#[derive(Debug)]
pub struct Sessions {
    limits: SessionLimits,
    clock: Arc<dyn Clock>,
    registered: RegisteredAccounts,
    /// All sessions. With a store, only those that were used recently in this process.
    table: RwLock<SessionTable>,
    store: Option<Arc<dyn SessionStore>>,
}

/// The sessions by id and by account.
///
/// A cache crate is not used, because only the account's own oldest session makes room, and a full
/// table refuses instead of evicting.
#[derive(Debug, Default)]
struct SessionTable {
    by_id: HashMap<SessionId, Arc<OpenSession>>,
    /// The sessions of each account, the oldest first.
    by_account: HashMap<AccountId, VecDeque<SessionId>>,
}

impl Sessions {
    /// Creates an empty table.
    pub fn new(limits: SessionLimits, clock: Arc<dyn Clock>) -> Self {
        let registered = RegisteredAccounts::default();
        Self { limits, clock, registered, table: RwLock::default(), store: None }
    }

    /// Reserves half of the sessions for these accounts.
    #[must_use]
    pub fn with_reserve_for(mut self, accounts: RegisteredAccounts) -> Self {
        self.registered = accounts;
        self
    }

    /// Creates a table of the sessions in `store`, which other processes share. Each use of a
    /// session is sent to the store.
    pub fn in_store(
        limits: SessionLimits,
        clock: Arc<dyn Clock>,
        store: Arc<dyn SessionStore>,
    ) -> Self {
        Self { store: Some(store), ..Self::new(limits, clock) }
    }

    /// Returns the number of sessions in this process, including expired ones that have not been
    /// removed yet.
    pub fn len(&self) -> usize {
        self.table.read().by_id.len()
    }

    /// Returns `true` if there is no session in this process.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) const fn are_in_store(&self) -> bool {
        self.store.is_some()
    }

    /// Returns the end of a session that begins now: the requested lifetime within the granted one,
    /// at least one second.
    pub(crate) fn end_of_next(&self, asked: Option<Duration>) -> u64 {
        let shortest = Duration::from_secs(1);
        let longest = self.limits.lifetime.max(shortest);
        let lifetime = asked.unwrap_or(longest).clamp(shortest, longest);
        self.clock.unix_seconds().saturating_add(lifetime.as_secs())
    }

    /// Returns the session `id`, or `None` if it has expired or is unknown in this process.
    pub(crate) fn find(&self, id: &SessionId) -> Option<Arc<OpenSession>> {
        let session = self.table.read().by_id.get(id).cloned()?;
        self.is_open(&session).then_some(session)
    }

    /// Returns the session `id` from the store. This process does not remember it before its first
    /// use.
    pub(crate) async fn fetch(&self, id: &SessionId) -> Result<Option<Arc<OpenSession>>, Refusal> {
        let Some(store) = &self.store else { return Ok(None) };
        let session = store.find(id).await?.map(|record| Arc::new(OpenSession::new(record)));
        Ok(session.filter(|session| session.id() == *id && self.is_open(session)))
    }

    /// Ends every session of `account`, in the store too.
    ///
    /// # Errors
    /// [`SessionStoreError`] if the store does not confirm it. The sessions in this process end in
    /// any case.
    pub async fn end_all_of(&self, account: &AccountId) -> Result<(), SessionStoreError> {
        self.table.write().remove_all_of(account);
        match &self.store {
            None => Ok(()),
            Some(store) => store.end_all_of(account).await,
        }
    }

    /// Keeps a session.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] if there is no room, [`Reason::SignatureVerificationUnavailable`] if
    /// the store does not answer.
    pub(crate) async fn keep(&self, record: SessionRecord) -> Result<(), Refusal> {
        let Some(store) = &self.store else { return self.insert(OpenSession::new(record)) };
        let lifetime = record.expires().saturating_sub(self.clock.unix_seconds());
        let limits = self.limits.with_capacity(self.capacity_for(&record.account()));
        store.keep(&record, Duration::from_secs(lifetime), limits).await?;
        self.remember(&Arc::new(OpenSession::new(record)));
        Ok(())
    }

    /// Records that a number was used in `session`. It must be called only after the code of the
    /// request is checked.
    pub(crate) async fn use_number(
        &self,
        session: &Arc<OpenSession>,
        number: u64,
    ) -> Result<(), Refusal> {
        let id = session.id();
        // The session may have ended since the fields of the request were read.
        let is_over = !self.is_open(session);
        let outcome = match &self.store {
            _ if is_over => SequenceOutcome::Over,
            None if self.find(&id).is_none() => SequenceOutcome::Over,
            None => session.use_number(number),
            Some(store) => store.use_number(&id, number).await?,
        };
        if self.are_in_store() && outcome != SequenceOutcome::Over {
            self.remember(session);
        }
        match outcome {
            SequenceOutcome::First => Ok(()),
            SequenceOutcome::Repeated => {
                Err(Refusal::new(Reason::NonceReused, "the number was used before or is too old"))
            }
            SequenceOutcome::Over => {
                self.table.write().remove(&session.account(), &id);
                Err(unknown_session())
            }
        }
    }

    fn is_open(&self, session: &OpenSession) -> bool {
        self.clock.unix_seconds() < session.expires()
    }

    /// Returns the number of sessions from which one more of `account` is refused.
    fn capacity_for(&self, account: &AccountId) -> usize {
        self.registered.share(account, self.limits.capacity)
    }

    fn insert(&self, session: OpenSession) -> Result<(), Refusal> {
        let now = self.clock.unix_seconds();
        let capacity = self.capacity_for(&session.account());
        let mut table = self.table.write();
        let own = table.by_account.get(&session.account()).map_or(0, VecDeque::len);
        let replaces_own = own > 0 && own >= self.limits.per_account;
        if table.by_id.len() >= capacity && !replaces_own {
            table.clear_away(now);
            if table.by_id.len() >= capacity {
                let refusal = Refusal::new(Reason::Overloaded, "there are too many sessions");
                return Err(refusal.with_retry_after(table.next_end(now)));
            }
        }
        table.insert(Arc::new(session), self.limits.per_account);
        Ok(())
    }

    /// Keeps a session in this process if there is room, which saves the next lookup in the store.
    fn remember(&self, session: &Arc<OpenSession>) {
        if self.table.read().by_id.contains_key(&session.id()) {
            return;
        }
        let mut table = self.table.write();
        if table.by_id.len() >= self.limits.capacity {
            table.clear_away(self.clock.unix_seconds());
        }
        let is_known = table.by_id.contains_key(&session.id());
        if !is_known && table.by_id.len() < self.limits.capacity {
            table.insert(Arc::clone(session), self.limits.per_account);
        }
    }
}

/// Returns the same refusal for an expired session and for one that never existed.
pub(crate) fn unknown_session() -> Refusal {
    let detail = "the session is over or was never opened here: open another";
    Refusal::new(Reason::UnknownSession, detail)
}

impl SessionTable {
    fn insert(&mut self, session: Arc<OpenSession>, per_account: usize) {
        let (id, account) = (session.id(), session.account());
        let own = self.by_account.entry(account).or_default();
        while own.len() >= per_account.max(1) {
            if let Some(oldest) = own.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
        own.push_back(id);
        self.by_id.insert(id, session);
    }

    fn remove(&mut self, account: &AccountId, id: &SessionId) {
        self.by_id.remove(id);
        if let Some(own) = self.by_account.get_mut(account) {
            own.retain(|other| other != id);
            if own.is_empty() {
                self.by_account.remove(account);
            }
        }
    }

    fn remove_all_of(&mut self, account: &AccountId) {
        for id in self.by_account.remove(account).into_iter().flatten() {
            self.by_id.remove(&id);
        }
    }

    fn clear_away(&mut self, now: u64) {
        let Self { by_id, by_account } = self;
        by_id.retain(|_, session| now < session.expires());
        by_account.retain(|_, own| {
            own.retain(|id| by_id.contains_key(id));
            !own.is_empty()
        });
    }

    fn next_end(&self, now: u64) -> Duration {
        let ends = self.by_id.values().map(|session| session.expires().saturating_sub(now));
        Duration::from_secs(ends.min().unwrap_or(0).max(1))
    }
}
