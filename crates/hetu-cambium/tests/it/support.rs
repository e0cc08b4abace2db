//! Wallets, clocks and a pair of peers that communicate without a network.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hetu_cambium::{
    AcceptanceWindow, Envelope, PendingReply, Reason, Refusal, ReplayGuard, ReplayLimits,
    ReplySigner, RequestSigner, RequestVerifier, VerifiedRequest,
};
use hetu_chain::clock::ManualClock;
use hetu_chain::{ChainId, NetUid, Wallet};
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};

pub(crate) const CHAIN: ChainId = ChainId::new(560_000);
pub(crate) const NETUID: NetUid = NetUid::new(1);
pub(crate) const START: u64 = 1_700_000_000;

/// Polls a future that never waits: local wallets sign at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a local wallet signs at once"),
    }
}

pub(crate) fn wallet(number: u8) -> Wallet {
    let mut secret = [0; 32];
    secret[31] = number;
    Wallet::from_secret_bytes(&secret).unwrap()
}

/// A caller and a miner that share a clock.
pub(crate) struct Peers {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) caller: Wallet,
    pub(crate) miner: Wallet,
    pub(crate) signer: RequestSigner,
    pub(crate) verifier: RequestVerifier,
    pub(crate) guard: ReplayGuard,
    pub(crate) replies: ReplySigner,
}

/// A request in transit.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) parts: Parts,
    pub(crate) content: Vec<u8>,
    pub(crate) pending: PendingReply,
}

impl Peers {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn envelope(&self) -> Envelope {
        Envelope::new(NETUID, self.miner.address(), Duration::from_millis(1_500))
    }

    pub(crate) fn send(&self) -> Sent {
        self.send_by(&self.signer, self.envelope())
    }

    pub(crate) fn send_by(&self, signer: &RequestSigner, envelope: Envelope) -> Sent {
        let request = Request::post("http://miner.example:8091/math-sum?trace=no").body(());
        let (mut parts, ()) = request.unwrap().into_parts();
        let content = br#"{"x":5.0,"y":3.0}"#.to_vec();
        let pending = now(signer.sign(&mut parts, &content, &envelope)).unwrap();
        Sent { parts, content, pending }
    }

    pub(crate) fn send_content(&self, signer: &RequestSigner, path: &str, content: &[u8]) -> Sent {
        let request = Request::post(format!("http://miner.example:8091{path}")).body(());
        let (mut parts, ()) = request.unwrap().into_parts();
        let pending = now(signer.sign(&mut parts, content, &self.envelope())).unwrap();
        Sent { parts, content: content.to_vec(), pending }
    }

    pub(crate) fn receive(&self, sent: &Sent) -> Result<VerifiedRequest, Refusal> {
        let claim = self.verifier.examine(&sent.parts)?.bind()?;
        now(self.verifier.verify(claim, &sent.content, &self.guard))
    }

    pub(crate) fn refusal(&self, sent: &Sent) -> Option<Reason> {
        self.receive(sent).err().map(|refusal| refusal.reason())
    }

    pub(crate) fn reply(&self, request: &VerifiedRequest, content: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        now(self.replies.sign(request, StatusCode::OK, &mut headers, content)).unwrap();
        headers
    }
}

pub(crate) fn guard(limits: ReplayLimits, clock: &Arc<ManualClock>) -> ReplayGuard {
    ReplayGuard::new(AcceptanceWindow::default(), limits, clock.clone()).unwrap()
}
