//! The miner's side: the sessions that it keeps.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use hetu_chain::{Address, Clock, NetUid};

use super::handshake::{SessionGrant, SessionOffer};
use super::keys::{EphemeralSecret, SessionContext, SessionKeys};
use super::limits::SessionLimits;
use super::sequence::{UsedSequences, WINDOW};
use super::{SessionId, is_code};
use crate::{AccountId, Reason, Refusal, VerifiedRequest};

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

    /// Opens a session for the account that signed `request`, whose content is `offer`. The grant
    /// is the content of the reply, and only the reply's signature makes it worth anything.
    ///
    /// # Errors
    /// A [`Refusal`] to send to the caller: [`Reason::CallRejected`] if the request is not signed
    /// by a wallet for this miner or offers an unusable key, [`Reason::Overloaded`] if there is no
    /// room, [`Reason::InternalError`] without randomness.
    pub fn open(
        &self,
        request: &VerifiedRequest,
        offer: &SessionOffer,
    ) -> Result<SessionGrant, Refusal> {
        let secret = EphemeralSecret::random().map_err(no_randomness)?;
        let id = SessionId::random().map_err(no_randomness)?;
        self.open_with(request, offer, &secret, id)
    }

    pub(crate) fn open_with(
        &self,
        request: &VerifiedRequest,
        offer: &SessionOffer,
        secret: &EphemeralSecret,
        id: SessionId,
    ) -> Result<SessionGrant, Refusal> {
        let rejected = |detail: &'static str| Refusal::new(Reason::CallRejected, detail);
        let (Some(netuid), Some(recipient), false) =
            (request.netuid(), request.recipient(), request.is_in_session())
        else {
            let detail =
                "a session is opened by a wallet's request with the fields of the protocol";
            return Err(rejected(detail));
        };
        let account = request.account();
        let context = SessionContext {
            id,
            caller: account,
            miner: AccountId::new(account.chain, recipient),
            netuid,
            caller_key: offer.public_key,
            miner_key: secret.public_key(),
        };
        let keys = SessionKeys::derive(secret, &offer.public_key, &context)
            .map_err(|_| rejected("the public key of the offer is not usable"))?;
        let expires = self.clock.unix_seconds() + self.lifetime(offer).as_secs();
        let used = Mutex::new(UsedSequences::new());
        self.insert(Session { id, account, netuid, recipient, expires, keys, used })?;
        Ok(SessionGrant { session_id: id, public_key: context.miner_key, expires, window: WINDOW })
    }

    /// What was asked for, within what is granted, and a second at least.
    fn lifetime(&self, offer: &SessionOffer) -> Duration {
        let longest = self.limits.lifetime.max(Duration::from_secs(1));
        let asked = offer
            .lifetime_seconds
            .map_or(longest, |seconds| Duration::from_secs(u64::from(seconds).max(1)));
        asked.min(longest)
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

    fn insert(&self, session: Session) -> Result<(), Refusal> {
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

fn no_randomness(error: crate::RandomnessUnavailable) -> Refusal {
    Refusal::new(Reason::InternalError, error.to_string())
}
