//! Sessions that the processes of several miners share.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_cambium::{
    AccountId, Reason, Refusal, SequenceOutcome, SessionId, SessionLimits, SessionRecord,
    SessionStore, SessionStoreError, Sessions, VerifiedRequest, fields,
};
use hetu_chain::future::ReadyOrBoxed;

use crate::sessions::{open, send};
use crate::support::{CHAIN, Peers, Sent, now, wallet};

/// A store as used by another process: bytes, and used numbers.
#[derive(Debug, Default)]
struct Shared {
    kept: Mutex<HashMap<SessionId, Vec<u8>>>,
    used: Mutex<HashSet<(SessionId, u64)>>,
    fails: Mutex<Option<SessionStoreError>>,
    questions: AtomicUsize,
}

impl Shared {
    fn check(&self) -> Result<(), SessionStoreError> {
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl SessionStore for Shared {
    fn keep<'a>(
        &'a self,
        session: &'a SessionRecord,
        lifetime: Duration,
        _: SessionLimits,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>> {
        ReadyOrBoxed::boxed(async move {
            self.check()?;
            assert_eq!(lifetime, Duration::from_secs(600));
            let bytes = session.to_secret_bytes().to_vec();
            self.kept.lock().unwrap().insert(session.id(), bytes);
            Ok(())
        })
    }

    fn find<'a>(
        &'a self,
        id: &'a SessionId,
    ) -> ReadyOrBoxed<'a, Result<Option<SessionRecord>, SessionStoreError>> {
        ReadyOrBoxed::boxed(async {
            self.questions.fetch_add(1, Ordering::Relaxed);
            self.check()?;
            let kept = self.kept.lock().unwrap();
            Ok(kept.get(id).map(|bytes| SessionRecord::from_secret_bytes(bytes).unwrap()))
        })
    }

    fn use_number<'a>(
        &'a self,
        id: &'a SessionId,
        number: u64,
    ) -> ReadyOrBoxed<'a, Result<SequenceOutcome, SessionStoreError>> {
        ReadyOrBoxed::boxed(async move {
            self.check()?;
            if !self.kept.lock().unwrap().contains_key(id) {
                return Ok(SequenceOutcome::Over);
            }
            let is_first = self.used.lock().unwrap().insert((*id, number));
            Ok(if is_first { SequenceOutcome::First } else { SequenceOutcome::Repeated })
        })
    }

    fn end_all_of<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> ReadyOrBoxed<'a, Result<(), SessionStoreError>> {
        ReadyOrBoxed::boxed(async move {
            self.check()?;
            self.kept.lock().unwrap().retain(|_, bytes| {
                SessionRecord::from_secret_bytes(bytes).unwrap().account() != *account
            });
            Ok(())
        })
    }
}

struct Replica {
    peers: Peers,
    sessions: Arc<Sessions>,
}

impl Replica {
    fn of(store: &Arc<Shared>) -> Self {
        let mut peers = Peers::new();
        let limits = SessionLimits::default();
        let sessions = Arc::new(Sessions::in_store(limits, peers.clock.clone(), store.clone()));
        peers.verifier = peers.verifier.clone().with_sessions(sessions.clone());
        Self { peers, sessions }
    }

    fn receive(&self, sent: &Sent) -> Result<VerifiedRequest, Refusal> {
        let claim = now(self.peers.verifier.examine_with_store(&sent.parts))?.bind()?;
        now(self.peers.verifier.verify(claim, &sent.content, &self.peers.guard))
    }

    fn refusal(&self, sent: &Sent) -> Option<Reason> {
        self.receive(sent).err().map(|refusal| refusal.reason())
    }
}

const LIFETIME: Option<Duration> = Some(Duration::from_secs(600));

#[test]
fn a_session_that_one_opened_serves_all_and_each_number_counts_once() {
    let store = Arc::new(Shared::default());
    let (first, second) = (Replica::of(&store), Replica::of(&store));
    let session = open(&first.peers, LIFETIME);
    for (here, there) in [(&first, &second), (&second, &first)] {
        let sent = send(&first.peers, &session);
        let request = here.receive(&sent).unwrap();
        assert!(request.is_in_session());
        assert_eq!(request.caller(), wallet(1).address());
        assert_eq!(there.refusal(&sent), Some(Reason::NonceReused));
        assert_eq!(here.refusal(&sent), Some(Reason::NonceReused));
        // The reply is under the other key of the session, which came through the store.
        let headers = here.peers.reply(&request, b"{}");
        let verified =
            sent.pending.verify(http::StatusCode::OK, &headers, b"{}", &*here.peers.clock);
        assert_eq!(verified, Ok(()));
    }
    // The store receives one query.
    assert_eq!(store.questions.load(Ordering::Relaxed), 1);
    // Without an answer of the store, only sessions that were opened or used here are valid.
    let third = Replica::of(&store);
    let sent = send(&first.peers, &session);
    assert_eq!(third.peers.refusal(&sent), Some(Reason::UnknownSession));
}

#[test]
fn a_session_that_ended_in_the_store_is_over_everywhere() {
    let store = Arc::new(Shared::default());
    let (first, second) = (Replica::of(&store), Replica::of(&store));
    let session = open(&first.peers, LIFETIME);
    assert_eq!(second.refusal(&send(&first.peers, &session)), None);
    now(second.sessions.end_all_of(&AccountId::new(CHAIN, wallet(1).address()))).unwrap();
    assert_eq!((first.sessions.len(), second.sessions.len()), (1, 0));
    for replica in [&first, &second] {
        let sent = send(&first.peers, &session);
        assert_eq!(replica.refusal(&sent), Some(Reason::UnknownSession));
    }
    assert!(first.sessions.is_empty());
}

#[test]
fn a_store_that_does_not_answer_is_503_and_nothing_passes() {
    let store = Arc::new(Shared::default());
    let (first, second) = (Replica::of(&store), Replica::of(&store));
    let session = open(&first.peers, LIFETIME);
    let sent = send(&first.peers, &session);
    let retry_after = Duration::from_secs(3);
    let reason = "down".into();
    *store.fails.lock().unwrap() = Some(SessionStoreError::Unavailable { reason, retry_after });
    // One replica knows the session and the other has to query the store.
    for replica in [&first, &second] {
        let refusal = replica.receive(&sent).unwrap_err();
        assert_eq!(refusal.reason(), Reason::SignatureVerificationUnavailable);
        assert_eq!((refusal.status().as_u16(), refusal.retry_after()), (503, Some(retry_after)));
        assert!(!refusal.to_string().contains("down"));
    }
    *store.fails.lock().unwrap() = None;
    assert_eq!(second.refusal(&sent), None);
}

#[test]
fn who_only_names_a_session_leaves_nothing_behind_and_asks_in_due_form_alone() {
    let store = Arc::new(Shared::default());
    let (first, second) = (Replica::of(&store), Replica::of(&store));
    let session = open(&first.peers, LIFETIME);
    let mut forged = send(&first.peers, &session);
    forged.parts.headers.insert(fields::SIGNATURE, "hetu=:AAAA:".parse().unwrap());
    assert_eq!(second.refusal(&forged), Some(Reason::BadSignature));
    assert!(second.sessions.is_empty());
    assert_eq!(store.questions.load(Ordering::Relaxed), 1);

    let sent = send(&first.peers, &session);
    let input = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
    for (from, to) in
        [(r#""@path" "#, ""), (r#"nonce="2""#, r#"nonce="x""#), ("expires=17", "expires=16")]
    {
        assert!(input.contains(from), "{input}");
        let mut malformed = sent.clone();
        let changed = input.replace(from, to).parse().unwrap();
        malformed.parts.headers.insert(fields::SIGNATURE_INPUT, changed);
        assert_eq!(second.refusal(&malformed), Some(Reason::UnknownSession), "{from}");
    }
    assert_eq!(store.questions.load(Ordering::Relaxed), 1);
    assert_eq!(second.refusal(&sent), None);
}

#[test]
fn a_session_of_another_miner_is_none_here() {
    let store = Arc::new(Shared::default());
    let first = Replica::of(&store);
    let session = open(&first.peers, LIFETIME);
    let mut other = Replica::of(&store);
    let verifier =
        hetu_cambium::RequestVerifier::new(CHAIN, crate::support::NETUID, wallet(9).address());
    other.peers.verifier =
        verifier.with_clock(other.peers.clock.clone()).with_sessions(other.sessions.clone());
    let sent = send(&first.peers, &session);
    assert_eq!(other.refusal(&sent), Some(Reason::UnknownSession));
    assert_eq!(first.refusal(&sent), None);
}
