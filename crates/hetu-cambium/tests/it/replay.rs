//! Replay protection: each request counts once, and no honest one is refused.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{
    AcceptanceWindow, Reason, ReplayGuard, ReplayLimits, RequestSigner, UnsafeReplayLimits, fields,
};
use hetu_chain::clock::ManualClock;
use hetu_chain::{Clock, Wallet};

use crate::support::{CHAIN, Peers, START, Sent, guard, wallet};

fn signer(peers: &Peers, wallet: Wallet) -> RequestSigner {
    RequestSigner::new(Arc::new(wallet), CHAIN).with_clock(peers.clock.clone())
}

/// Returns the same request with the same nonce, signed by another wallet.
fn with_nonce_of(peers: &Peers, wallet: &Wallet, model: &Sent) -> Sent {
    use base64::Engine;
    let mut sent = model.clone();
    let input = model.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
    let own = peers.caller.address().to_lower_hex();
    let input = input.replace(&own, &wallet.address().to_lower_hex());
    let parsed =
        hetu_cambium::rfc9421::SignatureInput::parse(input.strip_prefix("hetu=").unwrap()).unwrap();
    let authority =
        hetu_cambium::Authority::parse("miner.example:8091", hetu_cambium::Scheme::Http).unwrap();
    let view = hetu_cambium::rfc9421::RequestView {
        method: &sent.parts.method,
        scheme: hetu_cambium::Scheme::Http,
        authority: &authority,
        uri: &sent.parts.uri,
        headers: &sent.parts.headers,
    };
    let message = hetu_cambium::rfc9421::Message::Request(view);
    let base = hetu_cambium::rfc9421::signature_base(&parsed, &message).unwrap();
    let signature = wallet.sign_message_sync(base.as_bytes());
    let encoded = base64::engine::general_purpose::STANDARD.encode(signature.as_bytes());
    sent.parts.headers.insert(fields::SIGNATURE_INPUT, input.parse().unwrap());
    sent.parts.headers.insert(fields::SIGNATURE, format!("hetu=:{encoded}:").parse().unwrap());
    sent
}

#[test]
fn of_fifty_copies_at_once_exactly_one_is_accepted() {
    let peers = Peers::new();
    let sent = peers.send();
    let accepted = std::thread::scope(|scope| {
        let copies: Vec<_> =
            (0..50).map(|_| scope.spawn(|| peers.receive(&sent).is_ok())).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).filter(|accepted| *accepted).count()
    });
    assert_eq!((accepted, peers.guard.len()), (1, 1));
    assert_eq!(peers.refusal(&sent), Some(Reason::NonceReused));
}

#[test]
fn two_accounts_may_use_the_same_nonce() {
    let peers = Peers::new();
    let first = peers.send();
    let second = with_nonce_of(&peers, &wallet(3), &first);
    assert_eq!(peers.refusal(&first), None);
    assert_eq!(peers.receive(&second).unwrap().caller(), wallet(3).address());
    assert_eq!(peers.refusal(&second), Some(Reason::NonceReused));
}

#[test]
fn honest_requests_may_overtake_each_other_freely() {
    let peers = Peers::new();
    let mut sent = Vec::new();
    for step in 0..1_000_u64 {
        if step % 40 == 0 {
            peers.clock.advance(Duration::from_secs(1));
        }
        sent.push(peers.send());
    }
    // The step makes a fixed shuffle: 7919 and 1000 have no common divisor.
    for position in 0..sent.len() {
        let request = &sent[position * 7_919 % sent.len()];
        assert_eq!(peers.refusal(request), None, "{position}");
    }
    assert_eq!(peers.guard.len(), 1_000);
}

#[test]
fn a_copy_is_refused_for_as_long_as_the_original_could_be_accepted() {
    // The test goes second by second from the earliest moment of acceptance to the latest.
    for sent_ahead in [0, 15, 30] {
        let peers = Peers::new();
        let ahead = Arc::new(ManualClock::at(Duration::from_secs(START + sent_ahead)));
        let signer = RequestSigner::new(Arc::new(peers.caller.clone()), CHAIN)
            .with_validity(Duration::from_secs(60))
            .with_clock(ahead);
        let sent = peers.send_by(&signer, peers.envelope());
        assert_eq!(peers.refusal(&sent), None);
        for _ in 0..=sent_ahead + 60 + 30 {
            assert_eq!(peers.refusal(&sent), Some(Reason::NonceReused));
            peers.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(peers.refusal(&sent), Some(Reason::RequestExpired));
    }
}

#[test]
fn memory_is_given_back_once_requests_are_too_old() {
    let peers = Peers::new();
    for _ in 0..100 {
        assert_eq!(peers.refusal(&peers.send()), None);
    }
    peers.clock.advance(Duration::from_secs(120));
    assert_eq!(peers.refusal(&peers.send()), None);
    assert_eq!(peers.guard.len(), 1);
}

#[test]
fn a_clock_that_is_set_back_opens_no_door() {
    let peers = Peers::new();
    let sent = peers.send();
    assert_eq!(peers.refusal(&sent), None);
    peers.clock.set(Duration::from_secs(START + 200));
    assert_eq!(peers.refusal(&peers.send()), None);
    assert_eq!(peers.guard.len(), 1);
    peers.clock.set(Duration::from_secs(START));
    assert_eq!(peers.refusal(&sent), Some(Reason::RequestExpired));
}

#[test]
fn what_was_signed_before_the_start_does_not_count_after_it() {
    let mut peers = Peers::new();
    let before = peers.send();
    assert_eq!(peers.refusal(&before), None);
    // The restart is in the middle of a second: a request from the same second may have been served
    // before.
    peers.clock.advance(Duration::from_millis(300));
    peers.guard = guard(ReplayLimits::default(), &peers.clock);
    assert_eq!(peers.refusal(&before), Some(Reason::RequestPredatesStart));
    assert_eq!(peers.refusal(&peers.send()), Some(Reason::RequestPredatesStart));
    assert_eq!(peers.guard.opens_in(), Duration::from_millis(700));
    peers.clock.advance(peers.guard.opens_in());
    assert_eq!(peers.refusal(&before), Some(Reason::RequestPredatesStart));
    assert_eq!(peers.refusal(&peers.send()), None);
    assert_eq!(peers.guard.opens_in(), Duration::ZERO);
}

#[test]
fn limits_that_forget_too_early_are_refused_to_build() {
    let clock = Arc::new(ManualClock::default());
    let build = |window: AcceptanceWindow, seconds| {
        let limits = ReplayLimits::default().with_retention(Duration::from_secs(seconds));
        ReplayGuard::new(window, limits, clock.clone() as Arc<dyn Clock>).map(drop)
    };
    let window = AcceptanceWindow::default();
    let (given, needed) = (Duration::from_secs(119), Duration::from_secs(120));
    assert_eq!(build(window, 119), Err(UnsafeReplayLimits::Retention { given, needed }));
    assert_eq!(build(window, 120), Ok(()));
    assert!(build(window.with_max_validity(Duration::from_secs(61)), 120).is_err());
    assert!(build(window.with_skew(Duration::from_secs(31)), 121).is_err());
    for limits in
        [ReplayLimits::default().with_capacity(0), ReplayLimits::default().with_principals(0)]
    {
        let guard = ReplayGuard::new(window, limits, clock.clone());
        assert_eq!(guard.err(), Some(UnsafeReplayLimits::NoRoom));
    }
}

#[test]
fn a_guard_for_a_narrower_window_than_the_verifier_refuses_what_it_cannot_remember() {
    let mut peers = Peers::new();
    let wide = AcceptanceWindow::default().with_max_validity(Duration::from_secs(600));
    peers.verifier = peers.verifier.clone().with_window(wide.with_skew(Duration::from_secs(300)));
    let sent = peers.send();
    assert_eq!(peers.refusal(&sent), None);
    // The verifier would still accept it, but the guard has no record of it any more.
    peers.clock.advance(Duration::from_secs(150));
    assert_eq!(peers.refusal(&sent), Some(Reason::RequestExpired));
}

#[test]
fn a_flood_by_one_account_takes_half_and_turns_nobody_else_away() {
    let mut peers = Peers::new();
    peers.guard = guard(ReplayLimits::default().with_capacity(100), &peers.clock);
    let flooder = signer(&peers, wallet(9));
    let first = peers.send();
    assert_eq!(peers.refusal(&first), None);
    let mut refused = 0;
    for _ in 0..200 {
        let sent = peers.send_by(&flooder, peers.envelope());
        if let Err(refusal) = peers.receive(&sent) {
            assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::RateLimited, 429));
            assert!(refusal.retry_after().is_some_and(|wait| wait <= Duration::from_secs(75)));
            refused += 1;
        }
    }
    assert_eq!((refused, peers.guard.len()), (150, 51));
    // The flood evicted no entry, and there is room for others.
    assert_eq!(peers.refusal(&first), Some(Reason::NonceReused));
    for _ in 0..20 {
        assert_eq!(peers.refusal(&peers.send()), None);
    }
    // Entries of the flooding account expire with time.
    peers.clock.advance(Duration::from_secs(90));
    assert_eq!(peers.refusal(&peers.send_by(&flooder, peers.envelope())), None);
}

#[test]
fn a_flood_of_accounts_fills_the_memory_and_forgets_nothing() {
    for limits in
        [ReplayLimits::default().with_capacity(20), ReplayLimits::default().with_principals(20)]
    {
        let mut peers = Peers::new();
        peers.guard = guard(limits, &peers.clock);
        let first = peers.send();
        assert_eq!(peers.refusal(&first), None);
        for number in 10..29 {
            let sent = peers.send_by(&signer(&peers, wallet(number)), peers.envelope());
            assert_eq!(peers.refusal(&sent), None, "{number}");
        }
        let late = peers.send_by(&signer(&peers, wallet(99)), peers.envelope());
        let refusal = peers.receive(&late).unwrap_err();
        assert_eq!((refusal.reason(), refusal.status().as_u16()), (Reason::Overloaded, 503));
        assert!(refusal.retry_after().is_some());
        assert_eq!(peers.guard.len(), 20);
        assert_eq!(peers.refusal(&first), Some(Reason::NonceReused));
    }
}

#[test]
fn a_request_that_is_refused_is_not_remembered() {
    let peers = Peers::new();
    let sent = peers.send();
    let mut tampered = sent.clone();
    tampered.content.push(b' ');
    assert_eq!(peers.refusal(&tampered), Some(Reason::BadContentDigest));
    let forged = with_nonce_of(&peers, &wallet(3), &sent);
    let mut claimed = sent.clone();
    let foreign = forged.parts.headers[&fields::SIGNATURE].clone();
    claimed.parts.headers.insert(fields::SIGNATURE, foreign);
    assert_eq!(peers.refusal(&claimed), Some(Reason::BadSignature));
    assert!(peers.guard.is_empty());
    assert_eq!(peers.refusal(&sent), None);
}
