//! Sessions: bounded, and separate from the signatures of a wallet.

use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{
    AccountId, CallerSession, Codec, Envelope, InvalidGrant, Reason, ReplyRefusal, RequestVerifier,
    SessionGrant, SessionHandshake, SessionLimits, SessionOffer, Sessions, SigningError, fields,
};
use hetu_chain::{NetUid, Retryable};
use http::{HeaderMap, Request, StatusCode};

use crate::support::{CHAIN, NETUID, Peers, Sent, now, wallet};

pub(crate) fn with_sessions(limits: SessionLimits) -> (Peers, Arc<Sessions>) {
    let mut peers = Peers::new();
    let sessions = Arc::new(Sessions::new(limits, peers.clock.clone()));
    peers.verifier = peers.verifier.clone().with_sessions(sessions.clone());
    (peers, sessions)
}

fn grant(peers: &Peers, offer: &SessionOffer, caller: u8) -> Result<SessionGrant, Reason> {
    let signer = hetu_cambium::RequestSigner::new(Arc::new(wallet(caller)), CHAIN)
        .with_clock(peers.clock.clone());
    let content = Codec::Json.encode(offer).unwrap();
    let sent = peers.send_content(&signer, "/session", &content);
    let request = peers.receive(&sent).map_err(|refusal| refusal.reason())?;
    let reply = now(peers.verifier.open_session(&request, Codec::Json, &content, Codec::Json))
        .map_err(|refusal| refusal.reason())?;
    let mut headers = reply.headers().clone();
    now(peers.replies.sign(&request, StatusCode::OK, &mut headers, reply.body())).unwrap();
    sent.pending.verify(StatusCode::OK, &headers, reply.body(), &*peers.clock).unwrap();
    Ok(Codec::Json.decode(reply.body()).unwrap())
}

pub(crate) fn open(peers: &Peers, lifetime: Option<Duration>) -> CallerSession {
    open_for(peers, lifetime, 1)
}

fn open_for(peers: &Peers, lifetime: Option<Duration>, caller: u8) -> CallerSession {
    let handshake = SessionHandshake::new().unwrap();
    let grant = grant(peers, &handshake.offer(lifetime), caller).unwrap();
    let account = AccountId::new(CHAIN, wallet(caller).address());
    handshake.establish(&grant, account, &peers.envelope(), peers.clock.clone()).unwrap()
}

pub(crate) fn send(peers: &Peers, session: &CallerSession) -> Sent {
    let request = Request::post("http://miner.example:8091/math-sum?trace=no").body(());
    let (mut parts, ()) = request.unwrap().into_parts();
    let content = br#"{"x":5.0,"y":3.0}"#.to_vec();
    let pending = session.sign(&mut parts, &content, &peers.envelope()).unwrap();
    Sent { parts, content, pending }
}

fn change(sent: &mut Sent, from: &str, to: &str) {
    let input = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned();
    assert!(input.contains(from), "{input}");
    let changed = input.replace(from, to).parse().unwrap();
    sent.parts.headers.insert(fields::SIGNATURE_INPUT, changed);
}

#[test]
fn a_session_speaks_for_the_account_that_opened_it() {
    let (peers, sessions) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let sent = send(&peers, &session);
    assert!(!sent.parts.headers.contains_key(&fields::HETU_RECIPIENT));
    let claim = peers.verifier.examine(&sent.parts).unwrap();
    assert_eq!(claim.claimed_caller(), peers.caller.address());
    let request = peers.receive(&sent).unwrap();
    assert!(request.is_in_session());
    assert_eq!((request.caller(), request.netuid()), (peers.caller.address(), Some(NETUID)));
    assert_eq!(request.recipient(), Some(peers.miner.address()));
    assert_eq!(request.timeout(), Some(Duration::from_millis(1_500)));

    let headers = peers.reply(&request, b"{}");
    assert_eq!(sent.pending.verify(StatusCode::OK, &headers, b"{}", &*peers.clock), Ok(()));
    assert!(sent.pending.receipt(StatusCode::OK, &headers).is_none());
    // The guard records only the opening, and no other request of the session.
    assert_eq!((peers.guard.len(), sessions.len()), (1, 1));
}

#[test]
fn numbers_count_once_and_may_overtake_each_other() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let sent: Vec<_> = (0..1_000).map(|_| send(&peers, &session)).collect();
    for position in 0..sent.len() {
        let request = &sent[position * 7_919 % sent.len()];
        assert_eq!(peers.refusal(request), None);
        assert_eq!(peers.refusal(request), Some(Reason::NonceReused));
    }
}

#[test]
fn of_fifty_copies_at_once_exactly_one_is_accepted() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let sent = send(&peers, &open(&peers, None));
    let accepted = std::thread::scope(|scope| {
        let copies: Vec<_> =
            (0..50).map(|_| scope.spawn(|| peers.receive(&sent).is_ok())).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).filter(|accepted| *accepted).count()
    });
    assert_eq!(accepted, 1);
}

#[test]
fn a_refused_request_uses_up_no_number() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let sent = send(&peers, &session);
    let mut tampered = sent.clone();
    tampered.parts.headers.insert(fields::SIGNATURE, "hetu=:AAAA:".parse().unwrap());
    assert_eq!(peers.refusal(&tampered), Some(Reason::BadSignature));
    tampered = sent.clone();
    tampered.content = b"{}".to_vec();
    assert_eq!(peers.refusal(&tampered), Some(Reason::BadContentDigest));
    assert_eq!(peers.refusal(&sent), None);
}

#[test]
fn a_session_is_never_read_as_a_wallet_nor_a_wallet_as_a_session() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let account = format!("eip155:560000:{}", peers.caller.address().to_lower_hex());
    let keyid = format!("hetu-session:{}", session.id());

    for (from, to, reason) in [
        (&*keyid, &*account, Reason::InvalidKeyid),
        ("alg=\"hmac-sha256\"", "alg=\"ecdsa-p256-sha256\"", Reason::UnsupportedAlgorithm),
        (";alg=\"hmac-sha256\"", "", Reason::UnsupportedAlgorithm),
        ("tag=\"hetu-session\"", "tag=\"erc8128\"", Reason::InvalidKeyid),
        ("nonce=\"1\"", "nonce=\"2\"", Reason::BadSignature),
        ("nonce=\"1\"", "nonce=\"01\"", Reason::InvalidNonce),
        ("nonce=\"1\"", "nonce=\"one\"", Reason::InvalidNonce),
    ] {
        let mut sent = send(&peers, &open(&peers, None));
        let own = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap().to_owned();
        let own_keyid = own.split("keyid=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        change(&mut sent, if from == keyid { &own_keyid } else { from }, to);
        assert_eq!(peers.refusal(&sent), Some(reason), "{from} -> {to}");
    }
    // Both are changed at once: the code of a session under the name of an account.
    let mut sent = send(&peers, &session);
    change(&mut sent, &keyid, &account);
    change(&mut sent, ";alg=\"hmac-sha256\"", "");
    change(&mut sent, "tag=\"hetu-session\"", "tag=\"erc8128\"");
    // The fields that wallets need are missing too, which is checked first.
    assert_eq!(peers.refusal(&sent), Some(Reason::MalformedRequest));

    let mut sent = peers.send();
    change(&mut sent, "tag=\"erc8128\"", "alg=\"hmac-sha256\";tag=\"hetu-session\"");
    assert_eq!(peers.refusal(&sent), Some(Reason::InvalidKeyid));
    change(&mut sent, &account, &keyid);
    assert_eq!(peers.refusal(&sent), Some(Reason::InvalidNonce));
}

#[test]
fn a_session_is_of_one_miner_subnet_and_chain() {
    let (peers, sessions) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let sent = send(&peers, &session);
    let miner = peers.miner.address();
    for (chain, netuid, address) in [
        (CHAIN, NetUid::new(2), miner),
        (CHAIN, NETUID, wallet(3).address()),
        (hetu_chain::ChainId::new(1), NETUID, miner),
    ] {
        // This also holds with a shared table.
        let verifier = RequestVerifier::new(chain, netuid, address)
            .with_sessions(sessions.clone())
            .with_clock(peers.clock.clone());
        let refusal = verifier.examine(&sent.parts).unwrap_err();
        assert_eq!(refusal.reason(), Reason::UnknownSession);
    }
    for envelope in [
        Envelope::new(NetUid::new(2), miner, Duration::from_secs(1)),
        Envelope::new(NETUID, wallet(3).address(), Duration::from_secs(1)),
    ] {
        let request = Request::post("http://miner.example/x").body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let refused = session.sign(&mut parts, b"", &envelope);
        assert_eq!(refused.unwrap_err(), SigningError::WrongSession);
    }
    // The fields have to be consistent and covered.
    for (name, value, reason) in [
        (fields::HETU_NETUID, "2", Reason::InsufficientCoverage),
        (fields::HETU_RECIPIENT, "x", Reason::InsufficientCoverage),
    ] {
        let mut sent = send(&peers, &session);
        sent.parts.headers.insert(name, value.parse().unwrap());
        assert_eq!(peers.refusal(&sent), Some(reason));
    }
}

#[test]
fn a_verifier_without_sessions_takes_none() {
    let (mut peers, _) = with_sessions(SessionLimits::default());
    let sent = send(&peers, &open(&peers, None));
    peers.verifier =
        RequestVerifier::new(CHAIN, NETUID, peers.miner.address()).with_clock(peers.clock.clone());
    assert_eq!(peers.refusal(&sent), Some(Reason::NoAcceptableSignature));
}

#[test]
fn a_session_ends_in_time_and_is_renewed_before() {
    let (peers, sessions) = with_sessions(SessionLimits::default());
    let session = open(&peers, Some(Duration::from_secs(300)));
    assert_eq!(session.remaining(), Duration::from_secs(300));
    assert!(!session.needs_renewal());
    peers.clock.advance(Duration::from_secs(240));
    assert!(session.needs_renewal());

    let next = open(&peers, Some(Duration::from_secs(300)));
    let under_way = send(&peers, &session);
    assert_eq!(peers.refusal(&send(&peers, &next)), None);
    assert_eq!(peers.refusal(&under_way), None);
    let late = send(&peers, &session);
    peers.clock.advance(Duration::from_secs(60));
    assert_eq!(peers.refusal(&late), Some(Reason::UnknownSession));
    let request = Request::post("http://miner.example/x").body(()).unwrap();
    let (mut parts, ()) = request.into_parts();
    let refused = session.sign(&mut parts, b"", &peers.envelope());
    assert_eq!(refused.unwrap_err(), SigningError::SessionOver);
    assert_eq!(peers.refusal(&send(&peers, &next)), None);

    now(sessions.end_all_of(&AccountId::new(CHAIN, peers.caller.address()))).unwrap();
    assert_eq!(peers.refusal(&send(&peers, &next)), Some(Reason::UnknownSession));
    assert!(sessions.is_empty());
}

#[test]
fn lifetimes_stay_within_what_the_miner_grants() {
    let limits = SessionLimits::default().with_lifetime(Duration::from_secs(100));
    let (peers, _) = with_sessions(limits);
    for (asked, granted) in [(None, 100), (Some(0), 1), (Some(50), 50), (Some(1_000), 100)] {
        let session = open(&peers, asked.map(Duration::from_secs));
        assert_eq!(session.remaining(), Duration::from_secs(granted));
    }
}

#[test]
fn sessions_are_bounded_for_each_account_and_for_all() {
    let limits = SessionLimits::default()
        .with_capacity(3)
        .with_per_account(2)
        .with_lifetime(Duration::from_secs(100));
    let (peers, sessions) = with_sessions(limits);
    let first = open_for(&peers, None, 1);
    let second = open_for(&peers, None, 1);
    let third = open_for(&peers, None, 1);
    assert_eq!(peers.refusal(&send(&peers, &first)), Some(Reason::UnknownSession));
    open_for(&peers, None, 3);
    assert_eq!(sessions.len(), 3);

    let offer = SessionHandshake::new().unwrap().offer(None);
    assert_eq!(grant(&peers, &offer, 4), Err(Reason::Overloaded));
    // An account with sessions may replace them, and cannot evict those of others.
    open_for(&peers, None, 1);
    assert_eq!(peers.refusal(&send(&peers, &second)), Some(Reason::UnknownSession));
    assert_eq!(peers.refusal(&send(&peers, &third)), None);
    peers.clock.advance(Duration::from_secs(100));
    assert!(grant(&peers, &offer, 4).is_ok());
    assert_eq!(sessions.len(), 1);
}

#[test]
fn sessions_do_not_beget_sessions() {
    let (peers, sessions) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let request = peers.receive(&send(&peers, &session)).unwrap();
    let offer = SessionHandshake::new().unwrap().offer(None);
    assert_eq!(now(sessions.open(&request, &offer)).unwrap_err().reason(), Reason::CallRejected);
    assert_eq!(sessions.len(), 1);
}

#[test]
fn a_caller_has_no_more_under_way_than_the_miner_tells_apart() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let session = open(&peers, None);
    let mut under_way: Vec<_> = (0..4_096).map(|_| send(&peers, &session)).collect();
    let request = Request::post("http://miner.example/x").body(()).unwrap();
    let (mut parts, ()) = request.into_parts();
    let busy = session.sign(&mut parts, b"", &peers.envelope()).unwrap_err();
    assert_eq!(busy, SigningError::SessionBusy);
    assert!(busy.retryability().is_retryable());
    // Even in the worst order, each of them counts once.
    under_way.reverse();
    for sent in under_way.drain(..) {
        assert_eq!(peers.refusal(&sent), None);
    }
    assert!(session.sign(&mut parts, b"", &peers.envelope()).is_ok());
}

#[test]
fn a_grant_that_is_no_session_is_refused() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let account = AccountId::new(CHAIN, peers.caller.address());
    let establish = |change: &dyn Fn(&mut SessionGrant)| {
        let handshake = SessionHandshake::new().unwrap();
        let mut grant = grant(&peers, &handshake.offer(None), 1).unwrap();
        change(&mut grant);
        let clock = peers.clock.clone();
        handshake.establish(&grant, account, &peers.envelope(), clock).map(drop)
    };
    assert_eq!(establish(&|_| {}), Ok(()));
    assert_eq!(establish(&|grant| grant.window = 0), Err(InvalidGrant::NoWindow));
    assert_eq!(establish(&|grant| grant.expires = 0), Err(InvalidGrant::Over));
    let zero = String::from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").try_into().unwrap();
    assert!(matches!(establish(&|grant| grant.public_key = zero), Err(InvalidGrant::Key(_))));
}

#[test]
fn the_reply_of_another_session_or_direction_is_not_believed() {
    let (peers, _) = with_sessions(SessionLimits::default());
    let (session, other) = (open(&peers, None), open(&peers, None));
    let (sent, foreign) = (send(&peers, &session), send(&peers, &other));
    let request = peers.receive(&sent).unwrap();
    let stranger = peers.reply(&peers.receive(&foreign).unwrap(), b"{}");
    let verify =
        |headers: &HeaderMap| sent.pending.verify(StatusCode::OK, headers, b"{}", &*peers.clock);
    assert_eq!(verify(&stranger), Err(ReplyRefusal::WrongSession));
    let own = peers.reply(&request, b"{}");
    for (from, to, refusal) in [
        ("tag=\"hetu-session\"", "tag=\"hetu-cambium\"", ReplyRefusal::Unsigned),
        (";alg=\"hmac-sha256\"", "", ReplyRefusal::Malformed),
        ("nonce=\"1\"", "nonce=\"2\"", ReplyRefusal::WrongNonce),
        ("\"@status\" ", "", ReplyRefusal::InsufficientCoverage),
    ] {
        let mut headers = own.clone();
        let input = headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
        assert!(input.contains(from), "{input}");
        let changed = input.replace(from, to).parse().unwrap();
        headers.insert(fields::SIGNATURE_INPUT, changed);
        assert_eq!(verify(&headers), Err(refusal), "{from}");
    }
    // The signature of a wallet is invalid in a session, even that of the miner.
    let by_wallet = peers.reply(&peers.receive(&peers.send()).unwrap(), b"{}");
    assert_eq!(verify(&by_wallet), Err(ReplyRefusal::Unsigned));
    assert_eq!(verify(&own), Ok(()));
}

/// Covers a session that ends between the head of a request and its content.
#[test]
fn request_in_a_session_that_ended_after_its_head_is_refused() {
    let (peers, sessions) = with_sessions(SessionLimits::default());
    for end in [true, false] {
        let session = open(&peers, Some(Duration::from_secs(20)));
        let sent = send(&peers, &session);
        let claim = peers.verifier.examine(&sent.parts).unwrap().bind().unwrap();
        if end {
            now(sessions.end_all_of(&AccountId::new(CHAIN, peers.caller.address()))).unwrap();
        } else {
            peers.clock.advance(Duration::from_secs(20));
        }
        let verified = now(peers.verifier.verify(claim, &sent.content, &peers.guard));
        assert_eq!(verified.unwrap_err().reason(), Reason::UnknownSession);
    }
}
