//! Wallets, clocks and a pair of peers that speak without a network.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hetu_cambium::{
    AcceptanceWindow, Envelope, PendingReply, Reason, Refusal, ReplayGuard, ReplayLimits,
    ReplySigner, RequestSigner, RequestVerifier, VerifiedRequest,
};
use hetu_chain::{ChainId, ManualClock, NetUid, Wallet};
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};

pub const CHAIN: ChainId = ChainId::new(560_000);
pub const NETUID: NetUid = NetUid::new(1);
pub const START: u64 = 1_700_000_000;

/// Drives a future that never waits: local wallets sign at once.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a local wallet signs at once"),
    }
}

pub fn wallet(number: u8) -> Wallet {
    let mut secret = [0; 32];
    secret[31] = number;
    Wallet::from_secret_bytes(&secret).unwrap()
}

/// A caller and a miner who share a clock.
pub struct Peers {
    pub clock: Arc<ManualClock>,
    pub caller: Wallet,
    pub miner: Wallet,
    pub signer: RequestSigner,
    pub verifier: RequestVerifier,
    pub guard: ReplayGuard,
    pub replies: ReplySigner,
}

/// A request as it is under way.
#[derive(Clone)]
pub struct Sent {
    pub parts: Parts,
    pub content: Vec<u8>,
    pub pending: PendingReply,
}

impl Peers {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(START)));
        let (caller, miner) = (wallet(1), wallet(2));
        let verifier =
            RequestVerifier::new(CHAIN, NETUID, miner.address()).with_clock(clock.clone());
        Self {
            signer: RequestSigner::new(Arc::new(caller.clone()), CHAIN).with_clock(clock.clone()),
            guard: guard(ReplayLimits::default(), &clock),
            replies: ReplySigner::new(Arc::new(miner.clone()), CHAIN).with_clock(clock.clone()),
            clock,
            caller,
            miner,
            verifier,
        }
    }

    pub fn envelope(&self) -> Envelope {
        Envelope::new(NETUID, self.miner.address(), Duration::from_millis(1_500))
    }

    pub fn send(&self) -> Sent {
        self.send_by(&self.signer, self.envelope())
    }

    pub fn send_by(&self, signer: &RequestSigner, envelope: Envelope) -> Sent {
        let request = Request::post("http://miner.example:8091/math-sum?trace=no").body(());
        let (mut parts, ()) = request.unwrap().into_parts();
        let content = br#"{"x":5.0,"y":3.0}"#.to_vec();
        let pending = now(signer.sign(&mut parts, &content, &envelope)).unwrap();
        Sent {
            parts,
            content,
            pending,
        }
    }

    pub fn receive(&self, sent: &Sent) -> Result<VerifiedRequest, Refusal> {
        let claim = self.verifier.examine(&sent.parts)?;
        self.verifier.verify(claim, &sent.content, &self.guard)
    }

    pub fn refusal(&self, sent: &Sent) -> Option<Reason> {
        self.receive(sent).err().map(|refusal| refusal.reason())
    }

    pub fn reply(&self, request: &VerifiedRequest, content: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        now(self
            .replies
            .sign(request, StatusCode::OK, &mut headers, content))
        .unwrap();
        headers
    }
}

pub fn guard(limits: ReplayLimits, clock: &Arc<ManualClock>) -> ReplayGuard {
    ReplayGuard::new(AcceptanceWindow::default(), limits, clock.clone()).unwrap()
}
