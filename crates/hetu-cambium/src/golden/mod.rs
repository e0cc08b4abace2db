//! The test vectors of the protocol, made with fixed keys, times and nonces and compared with the
//! files in `vectors/`. `scripts/cambium-vectors` writes the files again.

mod exchange;
mod reasons;
mod receipt;
mod session;
mod stream;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hetu_chain::clock::ManualClock;
use hetu_chain::{ChainId, NetUid, Wallet};
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use serde::Serialize;

use crate::{
    Envelope, Nonce, PendingReply, ReplayGuard, ReplayLimits, ReplySigner, RequestSigner,
    RequestVerifier, SessionLimits, Sessions, VerifiedRequest,
};

const CHAIN: ChainId = ChainId::new(560_000);
const NOW: u64 = 1_700_000_000;
const TARGET: &str = "http://miner.example:8091/math-sum?trace=no";

/// The setting that is common to all vectors.
#[derive(Serialize)]
struct VectorSetting {
    chain_id: u64,
    netuid: u16,
    caller_private_key: String,
    miner_private_key: String,
    caller: String,
    miner: String,
    now: u64,
}

#[derive(Serialize)]
struct RequestVector {
    method: String,
    target: String,
    content_base64: String,
    headers: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ReplyVector {
    status: u16,
    content_base64: String,
    headers: BTreeMap<String, String>,
}

/// A caller and a miner with fixed keys and a shared clock that does not advance.
struct VectorPeers {
    clock: Arc<ManualClock>,
    caller: Wallet,
    miner: Wallet,
    sessions: Arc<Sessions>,
    verifier: RequestVerifier,
    guard: ReplayGuard,
    replies: ReplySigner,
}

impl VectorPeers {
    fn new() -> Self {
        let [caller, miner] = [1, 2].map(|number| private_key(number).parse::<Wallet>().unwrap());
        let clock = Arc::new(ManualClock::at(Duration::from_secs(NOW)));
        let sessions = Arc::new(Sessions::new(SessionLimits::default(), clock.clone()));
        let verifier = RequestVerifier::new(CHAIN, NetUid::new(1), miner.address())
            .with_sessions(sessions.clone())
            .with_earlier_revision()
            .with_clock(clock.clone());
        let guard = ReplayGuard::new(verifier.window(), ReplayLimits::default(), clock.clone());
        let replies = ReplySigner::new(Arc::new(miner.clone()), CHAIN).with_clock(clock.clone());
        Self { clock, caller, miner, sessions, verifier, guard: guard.unwrap(), replies }
    }

    fn setting(&self) -> VectorSetting {
        VectorSetting {
            chain_id: CHAIN.get(),
            netuid: 1,
            caller_private_key: private_key(1),
            miner_private_key: private_key(2),
            caller: self.caller.address().to_lower_hex(),
            miner: self.miner.address().to_lower_hex(),
            now: NOW,
        }
    }

    fn envelope(&self) -> Envelope {
        Envelope::new(NetUid::new(1), self.miner.address(), Duration::from_millis(1_500))
    }

    fn signer(&self) -> RequestSigner {
        RequestSigner::new(Arc::new(self.caller.clone()), CHAIN).with_clock(self.clock.clone())
    }

    /// Signs `POST target` with `signer`.
    fn send(
        &self,
        signer: &RequestSigner,
        target: &str,
        content: &[u8],
        envelope: &Envelope,
    ) -> (Parts, PendingReply) {
        let (mut parts, ()) = Request::post(target).body(()).unwrap().into_parts();
        let nonce = Nonce::parse("AAECAwQFBgcICQoLDA0ODw").unwrap();
        let signed = signer.sign_with_nonce(&mut parts, content, envelope, nonce);
        let pending = now(signed).unwrap();
        (parts, pending)
    }

    fn receive(&self, parts: &Parts, content: &[u8]) -> VerifiedRequest {
        let claim = self.verifier.examine(parts).unwrap().bind().unwrap();
        now(self.verifier.verify(claim, content, &self.guard)).unwrap()
    }

    /// Signs a reply of status 200, and checks that the caller accepts it.
    fn answer(
        &self,
        request: &VerifiedRequest,
        pending: &PendingReply,
        content: &[u8],
    ) -> (HeaderMap, ReplyVector) {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", pending.codec().content_type());
        now(self.replies.sign(request, StatusCode::OK, &mut headers, content)).unwrap();
        pending.verify(StatusCode::OK, &headers, content, &*self.clock).unwrap();
        let vector =
            ReplyVector { status: 200, content_base64: base64(content), headers: shown(&headers) };
        (headers, vector)
    }
}

fn private_key(number: u8) -> String {
    format!("{number:064x}")
}

fn request_vector(parts: &Parts, content: &[u8]) -> RequestVector {
    RequestVector {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        content_base64: base64(content),
        headers: shown(&parts.headers),
    }
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let shown = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect()
}

/// Drives a future that never waits, because local wallets sign immediately.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a local wallet signs at once"),
    }
}

/// Compares a vector with its file, byte for byte, or writes the file if the environment requests
/// it.
fn hold_against(file: &str, made: &impl Serialize) {
    let path = format!("{}/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let made = serde_json::to_string_pretty(made).unwrap() + "\n";
    if std::env::var_os("HETU_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    assert!(
        made == recorded,
        "{file} is not what is made now: see scripts/cambium-vectors\n{made}"
    );
}
