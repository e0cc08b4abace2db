//! Benchmarks of signing and verification beside the bare primitives, in one run.
//!
//! The operations are measured in turn, round after round, and the median of the rounds counts. A
//! change of the machine's speed therefore affects all operations alike. Run with
//! `cargo bench -p hetu-cambium`.

#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that takes times and prints figures"
)]

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hetu_cambium::rfc9421::{Component, Message, RequestView, SignatureInput, signature_base};
use hetu_cambium::{
    AccountId, Authority, CallerSession, Codec, Envelope, ReplayGuard, ReplayLimits, ReplySigner,
    RequestSigner, RequestVerifier, Scheme, SessionHandshake, SessionLimits, SessionOffer,
    Sessions, VerifiedRequest, fields,
};
use hetu_chain::identity::{personal_message_hash, recover_address};
use hetu_chain::{ChainId, NetUid, SystemClock, Wallet};
use hmac::{Hmac, Mac};
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use sha2::{Digest, Sha256};

const ROUNDS: usize = 15;
const CALLS: usize = 200;
const CHAIN: ChainId = ChainId::new(560_000);

/// A caller and a miner.
struct Peers {
    envelope: Envelope,
    signer: RequestSigner,
    verifier: RequestVerifier,
    guard: ReplayGuard,
    replies: ReplySigner,
}

/// A signed request and the miner's view of it.
struct Sent {
    parts: Parts,
    pending: hetu_cambium::PendingReply,
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a local wallet signs at once"),
    }
}

impl Peers {
    fn new() -> Self {
        let (caller, miner) = (Wallet::random(), Wallet::random());
        let clock = Arc::new(SystemClock);
        let sessions = Arc::new(Sessions::new(SessionLimits::default(), clock.clone()));
        let netuid = NetUid::new(1);
        let verifier = RequestVerifier::new(CHAIN, netuid, miner.address()).with_sessions(sessions);
        let guard = ReplayGuard::new(verifier.window(), ReplayLimits::default(), clock).unwrap();
        std::thread::sleep(guard.opens_in());
        Self {
            envelope: Envelope::new(netuid, miner.address(), Duration::from_secs(5)),
            signer: RequestSigner::new(Arc::new(caller), CHAIN),
            replies: ReplySigner::new(Arc::new(miner), CHAIN),
            verifier,
            guard,
        }
    }

    fn parts() -> Parts {
        let request = Request::post("http://miner.example:8091/math-sum").body(());
        request.unwrap().into_parts().0
    }

    fn sign(&self, content: &[u8]) -> Sent {
        let mut parts = Self::parts();
        let pending = now(self.signer.sign(&mut parts, content, &self.envelope)).unwrap();
        Sent { parts, pending }
    }

    fn sign_in(&self, session: &CallerSession, content: &[u8]) -> Sent {
        let mut parts = Self::parts();
        let pending = session.sign(&mut parts, content, &self.envelope).unwrap();
        Sent { parts, pending }
    }

    fn verify(&self, parts: &Parts, content: &[u8]) -> VerifiedRequest {
        let claim = self.verifier.examine(parts).unwrap().bind().unwrap();
        now(self.verifier.verify(claim, content, &self.guard)).unwrap()
    }

    fn reply(&self, request: &VerifiedRequest, content: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", Codec::Json.content_type());
        now(self.replies.sign(request, StatusCode::OK, &mut headers, content)).unwrap();
        headers
    }

    fn open_session(&self) -> CallerSession {
        let handshake = SessionHandshake::new().unwrap();
        let content = Codec::Json.encode(&handshake.offer(None)).unwrap();
        let endpoint = "http://miner.example:8091".parse().unwrap();
        let offer = handshake.offer(None);
        let signed =
            now(self.signer.call::<SessionOffer>(&endpoint, &offer, &self.envelope)).unwrap();
        let request = self.verify(&signed.request.into_parts().0, &content);
        let reply =
            now(self.verifier.open_session(&request, Codec::Json, &content, Codec::Json)).unwrap();
        let grant = Codec::Json.decode(reply.body()).unwrap();
        let caller = AccountId::new(CHAIN, self.signer.address());
        handshake.establish(&grant, caller, &self.envelope, Arc::new(SystemClock)).unwrap()
    }
}

/// An operation and its duration in each round.
struct Row {
    name: &'static str,
    floor: Option<&'static str>,
    rounds: Vec<f64>,
}

/// The operations of one run.
#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    /// Measures `operation` on each of `inputs`, which are created before the clock starts.
    fn time<T, U>(
        &mut self,
        name: &'static str,
        floor: Option<&'static str>,
        inputs: Vec<T>,
        mut operation: impl FnMut(T) -> U,
    ) {
        let count = inputs.len();
        let mut outputs = Vec::with_capacity(count);
        let started = Instant::now();
        for input in inputs {
            outputs.push(black_box(operation(black_box(input))));
        }
        let taken = started.elapsed().as_secs_f64() * 1e6 / count as f64;
        match self.0.iter_mut().find(|row| row.name == name) {
            Some(row) => row.rounds.push(taken),
            None => self.0.push(Row { name, floor, rounds: vec![taken] }),
        }
    }

    fn median(&self, name: &str) -> f64 {
        let row = self.0.iter().find(|row| row.name == name).unwrap();
        let mut rounds = row.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds[rounds.len() / 2]
    }

    fn print(&self, size: usize) {
        println!("\n{size} bytes of content, median of {ROUNDS} rounds of {CALLS} calls\n");
        println!("| operation | us | beside | ratio |");
        println!("|---|---|---|---|");
        for row in &self.0 {
            let median = self.median(row.name);
            match row.floor {
                None => println!("| {} | {median:.2} | | |", row.name),
                Some(floor) => {
                    let ratio = median / self.median(floor);
                    println!("| {} | {median:.2} | {floor} | {ratio:.2} |", row.name);
                }
            }
        }
    }
}

/// Measures the bare operations over a base of the usual length.
fn primitives(table: &mut Table, base: &str, content: &[u8]) {
    let wallet = Wallet::random();
    let hash = personal_message_hash(base.as_bytes());
    let signature = wallet.sign_hash_sync(&hash);
    let nothing = || vec![(); CALLS];
    table.time("bare signature", None, nothing(), |()| wallet.sign_hash_sync(&hash));
    table.time("bare recovery", None, nothing(), |()| recover_address(&hash, &signature));
    table.time("bare keccak256 of a base", None, nothing(), |()| {
        personal_message_hash(base.as_bytes())
    });
    table.time("bare hmac of a base", None, nothing(), |()| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
        mac.update(base.as_bytes());
        mac.finalize().into_bytes()
    });
    table.time("bare sha-256 of the content", None, nothing(), |()| Sha256::digest(content));
    table.time("bare copy of a base", None, nothing(), |()| base.to_owned());
}

fn base_building(table: &mut Table, parts: &Parts, input: &SignatureInput) {
    let authority = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
    let view = RequestView {
        method: &parts.method,
        scheme: Scheme::Http,
        authority: &authority,
        uri: &parts.uri,
        headers: &parts.headers,
    };
    table.time("base building", Some("bare copy of a base"), vec![(); CALLS], |()| {
        signature_base(input, &Message::Request(view)).unwrap()
    });
    let text = input.to_string();
    table.time("base parsing", Some("bare copy of a base"), vec![(); CALLS], |()| {
        SignatureInput::parse(&text).unwrap()
    });
}

fn by_wallet(table: &mut Table, peers: &Peers, content: &[u8]) {
    table.time("sign a request", Some("bare signature"), vec![(); CALLS], |()| peers.sign(content));
    let sent: Vec<_> = (0..CALLS).map(|_| peers.sign(content)).collect();
    let parts: Vec<_> = sent.iter().map(|sent| sent.parts.clone()).collect();
    // The examination covers all work before the content is read: fields, and the hash of the base.
    table.time("examine a request", Some("bare recovery"), parts.clone(), |parts| {
        peers.verifier.examine(&parts).unwrap().bind().unwrap().retained_bytes()
    });
    let mut verified = Vec::new();
    table.time("verify a request", Some("bare recovery"), parts, |parts| {
        verified.push(peers.verify(&parts, content));
    });
    let mut replies = Vec::new();
    table.time("sign a reply", Some("bare signature"), verified, |request| {
        replies.push(peers.reply(&request, content));
    });
    let received: Vec<_> = sent.into_iter().zip(replies).collect();
    table.time("verify a reply", Some("bare recovery"), received, |(sent, headers)| {
        sent.pending.verify(StatusCode::OK, &headers, content, &SystemClock).unwrap();
    });
}

fn in_session(table: &mut Table, peers: &Peers, session: &CallerSession, content: &[u8]) {
    let floor = Some("bare hmac of a base");
    table.time("session: sign a request", floor, vec![(); CALLS], |()| {
        peers.sign_in(session, content)
    });
    let sent: Vec<_> = (0..CALLS).map(|_| peers.sign_in(session, content)).collect();
    let parts: Vec<_> = sent.iter().map(|sent| sent.parts.clone()).collect();
    let mut verified = Vec::new();
    table.time("session: verify a request", floor, parts, |parts| {
        verified.push(peers.verify(&parts, content));
    });
    let mut replies = Vec::new();
    table.time("session: sign a reply", floor, verified, |request| {
        replies.push(peers.reply(&request, content));
    });
    let received: Vec<_> = sent.into_iter().zip(replies).collect();
    table.time("session: verify a reply", floor, received, |(sent, headers)| {
        sent.pending.verify(StatusCode::OK, &headers, content, &SystemClock).unwrap();
    });
}

fn main() {
    let peers = Peers::new();
    for size in [100, 1_024, 65_536] {
        let content = vec![b'x'; size];
        let session = peers.open_session();
        let sent = peers.sign(&content);
        let input = sent.parts.headers[&fields::SIGNATURE_INPUT].to_str().unwrap();
        let input = SignatureInput::parse(input.split_once('=').unwrap().1).unwrap();
        assert!(input.covers(&Component::METHOD));
        let authority = Authority::parse("miner.example:8091", Scheme::Http).unwrap();
        let view = RequestView {
            method: &sent.parts.method,
            scheme: Scheme::Http,
            authority: &authority,
            uri: &sent.parts.uri,
            headers: &sent.parts.headers,
        };
        let base = signature_base(&input, &Message::Request(view)).unwrap();
        let mut table = Table::default();
        for _ in 0..ROUNDS {
            primitives(&mut table, &base, &content);
            base_building(&mut table, &sent.parts, &input);
            by_wallet(&mut table, &peers, &content);
            in_session(&mut table, &peers, &session, &content);
        }
        table.print(size);
    }
}
