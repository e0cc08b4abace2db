//! Shared stores of used signatures, and contract accounts.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hetu_cambium::{
    AcceptanceWindow, Reason, ReplayGuard, ReplayLimits, ReplayOutcome, ReplayStore,
    ReplayStoreError, SignatureUse, UnsafeReplayLimits,
};
use hetu_chain::Address;
use hetu_chain::future::ReadyOrBoxed;
use hetu_chain::identity::{
    AccountSignature, CheckSource, ContractSignatureError, ContractSignatureVerifier,
    personal_message_hash,
};

use crate::support::{Peers, guard, wallet};

/// A store that outlives the guards in front of it, and fails on demand.
#[derive(Debug)]
struct Shared {
    retention: Duration,
    outlives_process: bool,
    used: Mutex<HashSet<[u8; 32]>>,
    is_down: Mutex<bool>,
    answer: Mutex<Option<ReplayOutcome>>,
}

impl Shared {
    fn new(outlives_process: bool) -> Arc<Self> {
        Arc::new(Self {
            retention: AcceptanceWindow::default().span(),
            outlives_process,
            used: Mutex::default(),
            is_down: Mutex::default(),
            answer: Mutex::default(),
        })
    }
}

impl ReplayStore for Shared {
    fn retention(&self) -> Duration {
        self.retention
    }

    fn outlives_process(&self) -> bool {
        self.outlives_process
    }

    fn remember<'store>(
        &'store self,
        used: &'store SignatureUse,
    ) -> ReadyOrBoxed<'store, Result<ReplayOutcome, ReplayStoreError>> {
        ReadyOrBoxed::boxed(async {
            if *self.is_down.lock().unwrap() {
                let retry_after = Duration::from_secs(3);
                return Err(ReplayStoreError { reason: "down".into(), retry_after });
            }
            if let Some(answer) = *self.answer.lock().unwrap() {
                return Ok(answer);
            }
            let is_new = self.used.lock().unwrap().insert(used.key());
            Ok(if is_new { ReplayOutcome::New } else { ReplayOutcome::Used })
        })
    }
}

fn replica(store: &Arc<Shared>) -> Peers {
    let mut peers = Peers::new();
    peers.guard =
        ReplayGuard::with_store(AcceptanceWindow::default(), store.clone(), peers.clock.clone())
            .unwrap();
    peers
}

#[test]
fn replicas_that_share_a_store_serve_a_request_once() {
    let store = Shared::new(true);
    let (first, second) = (replica(&store), replica(&store));
    let sent = first.send();
    assert_eq!(first.refusal(&sent), None);
    assert_eq!(second.refusal(&sent), Some(Reason::NonceReused));
    assert_eq!(first.refusal(&sent), Some(Reason::NonceReused));
}

#[test]
fn a_lasting_store_needs_no_floor_and_a_passing_one_does() {
    for (outlives_process, outcome) in [(true, None), (false, Some(Reason::RequestPredatesStart))] {
        let sent = Peers::new().send();
        let store = Shared::new(outlives_process);
        let peers = Peers::new();
        peers.clock.advance(Duration::from_secs(5));
        let window = AcceptanceWindow::default();
        let guard = ReplayGuard::with_store(window, store, peers.clock.clone()).unwrap();
        let peers = Peers { guard, ..peers };
        assert_eq!(peers.refusal(&sent), outcome);
        if outlives_process {
            assert_eq!(peers.guard.opens_in(), Duration::ZERO);
        }
    }
}

#[test]
fn a_store_that_does_not_answer_is_503_and_nothing_passes() {
    let store = Shared::new(true);
    let peers = replica(&store);
    *store.is_down.lock().unwrap() = true;
    let sent = peers.send();
    let refusal = peers.receive(&sent).unwrap_err();
    assert_eq!(refusal.reason(), Reason::SignatureVerificationUnavailable);
    assert_eq!(refusal.status(), 503);
    assert_eq!(refusal.retry_after(), Some(Duration::from_secs(3)));
    assert!(!refusal.to_string().contains("down"));
    *store.is_down.lock().unwrap() = false;
    assert_eq!(peers.refusal(&sent), None);
}

#[test]
fn what_a_store_forgot_or_has_no_room_for_is_refused() {
    let store = Shared::new(true);
    let peers = replica(&store);
    *store.answer.lock().unwrap() = Some(ReplayOutcome::Forgotten);
    assert_eq!(peers.refusal(&peers.send()), Some(Reason::RequestPredatesStart));
    let retry_after = Duration::from_secs(7);
    *store.answer.lock().unwrap() = Some(ReplayOutcome::NoRoom { retry_after });
    let refusal = peers.receive(&peers.send()).unwrap_err();
    assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RateLimited, 429));
    assert_eq!(refusal.retry_after(), Some(retry_after));
}

#[test]
fn a_store_that_forgets_too_early_is_refused() {
    let store = Shared {
        retention: Duration::from_secs(119),
        ..Arc::into_inner(Shared::new(true)).unwrap()
    };
    let clock = Peers::new().clock;
    let refused = ReplayGuard::with_store(AcceptanceWindow::default(), Arc::new(store), clock);
    let needed = Duration::from_secs(120);
    let expected = UnsafeReplayLimits::Retention { given: Duration::from_secs(119), needed };
    assert_eq!(refused.unwrap_err(), expected);
}

#[test]
fn a_store_is_asked_about_verified_signatures_alone() {
    let store = Shared::new(true);
    let peers = replica(&store);
    let mut sent = peers.send();
    sent.content.push(b' ');
    assert_eq!(peers.refusal(&sent), Some(Reason::BadContentDigest));
    let other = peers.send();
    sent = peers.send();
    sent.parts.headers.insert("signature", other.parts.headers["signature"].clone());
    assert_eq!(peers.refusal(&sent), Some(Reason::BadSignature));
    assert!(store.used.lock().unwrap().is_empty());
}

#[test]
fn foreign_keys_leave_nothing_behind() {
    let peers = Peers::new();
    let guard = guard(ReplayLimits::default(), &peers.clock);
    let peers = Peers { guard, ..peers };
    let sent = peers.send();
    let input = sent.parts.headers["signature-input"].to_str().unwrap().to_owned();
    let own = peers.caller.address().to_lower_hex();
    for number in 0..2_000_u64 {
        // Each account is another one, so none of them made the signature.
        let mut address = [7; 20];
        address[..8].copy_from_slice(&number.to_be_bytes());
        let foreign = input.replace(&own, &Address::new(address).to_lower_hex());
        let mut parts = sent.parts.clone();
        parts.headers.insert("signature-input", foreign.parse().unwrap());
        let claim = peers.verifier.examine(&parts).unwrap().bind().unwrap();
        let verified = peers.verifier.verify(claim, &sent.content, &peers.guard);
        let refusal = crate::support::now(verified).unwrap_err();
        assert_eq!(refusal.reason(), Reason::BadSignature);
    }
    assert!(peers.guard.is_empty());
    assert_eq!(peers.refusal(&sent), None);
}

/// A verifier that returns a fixed result for each account.
#[derive(Debug)]
struct Judge(Result<AccountSignature, ContractSignatureError>);

impl ContractSignatureVerifier for Judge {
    fn check<'a>(
        &'a self,
        _: Address,
        _: [u8; 32],
        _: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        ReadyOrBoxed::ready(self.0.clone())
    }
}

/// A verifier that records the source of each check.
#[derive(Debug, Default)]
struct SourceRecorder(Mutex<Vec<CheckSource>>);

impl ContractSignatureVerifier for SourceRecorder {
    fn check<'a>(
        &'a self,
        _: Address,
        _: [u8; 32],
        _: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        ReadyOrBoxed::ready(Ok(AccountSignature::Invalid))
    }

    fn check_from<'a>(
        &'a self,
        source: CheckSource,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        self.0.lock().unwrap().push(source);
        self.check(account, hash, signature)
    }
}

#[test]
fn contract_check_is_bounded_by_the_source_of_the_request() {
    let recorder = Arc::new(SourceRecorder::default());
    let mut peers = Peers::new();
    peers.verifier = peers.verifier.clone().with_contract_signature_verifier(recorder.clone());
    let sent = peers.send();
    let source = CheckSource::of(b"192.0.2.1");
    let claim = peers.verifier.examine(&sent.parts).unwrap().bind().unwrap().from_source(source);
    let verified = crate::support::now(peers.verifier.verify(claim, &sent.content, &peers.guard));
    assert_eq!(verified.unwrap_err().reason(), Reason::BadSignature);
    assert_eq!(*recorder.0.lock().unwrap(), [source]);
}

fn judged(answer: Result<AccountSignature, ContractSignatureError>) -> Peers {
    let mut peers = Peers::new();
    peers.verifier =
        peers.verifier.clone().with_contract_signature_verifier(Arc::new(Judge(answer)));
    peers
}

/// Returns the same request, with a signature that matches no account.
fn with_foreign_signature(peers: &Peers) -> crate::support::Sent {
    let mut sent = peers.send();
    let signature = wallet(9).sign_hash_sync(&personal_message_hash(b"something else"));
    let text =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature.as_bytes());
    sent.parts.headers.insert("signature", format!("hetu=:{text}:").parse().unwrap());
    sent
}

#[test]
fn a_contracts_word_counts_where_there_is_a_contract_and_nowhere_else() {
    let valid = judged(Ok(AccountSignature::Valid));
    assert_eq!(valid.refusal(&with_foreign_signature(&valid)), None);
    // A contract that refuses overrides the signature of its key.
    let invalid = judged(Ok(AccountSignature::Invalid));
    assert_eq!(invalid.refusal(&invalid.send()), Some(Reason::BadSignature));
    let own = judged(Ok(AccountSignature::NotAContract));
    assert_eq!(own.refusal(&with_foreign_signature(&own)), Some(Reason::BadSignature));
    assert_eq!(own.refusal(&own.send()), None);
}

#[test]
fn a_chain_that_cannot_be_asked_is_503_and_never_an_answer() {
    let reason = "timed out".into();
    let peers = judged(Err(ContractSignatureError::Unavailable { reason }));
    for sent in [peers.send(), with_foreign_signature(&peers)] {
        let refusal = peers.receive(&sent).unwrap_err();
        assert_eq!(refusal.reason(), Reason::SignatureVerificationUnavailable);
        assert_eq!(refusal.status(), 503);
        assert!(refusal.retry_after().is_some());
    }
    assert!(peers.guard.is_empty());
}

#[test]
fn a_contracts_signature_counts_once_too() {
    let peers = judged(Ok(AccountSignature::Valid));
    let sent = with_foreign_signature(&peers);
    assert_eq!(peers.refusal(&sent), None);
    assert_eq!(peers.refusal(&sent), Some(Reason::NonceReused));
}
