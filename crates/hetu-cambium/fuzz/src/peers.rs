//! A caller and a miner that know each other, and the messages that they signed.

use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hetu_cambium::{
    Authority, CallerSession, Codec, Envelope, Erc8128Revision, Nonce, PendingReply, ReplayGuard,
    ReplayLimits, ReplySigner, RequestSigner, RequestVerifier, Scheme, SessionHandshake,
    SessionLimits, Sessions, VerifiedRequest,
};
use hetu_chain::clock::ManualClock;
use hetu_chain::{ChainId, NetUid, Wallet};
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};

const CHAIN: ChainId = ChainId::new(560_000);
const NETUID: NetUid = NetUid::new(1);
const START: u64 = 1_700_000_000;
const ORIGIN: &str = "http://miner.example:8091";

/// The placeholder of the session in seeds. The id and the codes of a session differ in each
/// process.
pub const SESSION: &str = "{session}";
pub const REQUEST_CODE: &str = "{request-code}";
pub const REPLY_CODE: &str = "{reply-code}";

/// A caller and a miner that share a clock, which stands still.
pub struct Peers {
    pub clock: Arc<ManualClock>,
    pub verifier: RequestVerifier,
    pub guard: ReplayGuard,
    pub replies: ReplySigner,
    /// Exchanges by a wallet in both revisions, with and without content, and in a session.
    pub exchanges: Vec<SignedExchange>,
    /// The placeholders in seeds, and their values.
    pub replaced: [(&'static str, String); 3],
}

/// A request and its reply as their authors signed them.
pub struct SignedExchange {
    pub revision: Option<Erc8128Revision>,
    pub request: Parts,
    pub content: Vec<u8>,
    pub pending: PendingReply,
    pub verified: VerifiedRequest,
    pub reply: HeaderMap,
    pub reply_content: Vec<u8>,
}

impl Peers {
    /// Returns the peers, which are the same in each run except for the session.
    pub fn get() -> &'static Self {
        static PEERS: LazyLock<Peers> = LazyLock::new(Peers::new);
        &PEERS
    }

    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(START)));
        let (caller, miner) = (Arc::new(wallet(1)), Arc::new(wallet(2)));
        let sessions = Arc::new(Sessions::new(SessionLimits::default(), clock.clone()));
        let verifier = RequestVerifier::new(CHAIN, NETUID, miner.address())
            .with_authority(authority())
            .with_earlier_revision()
            .with_sessions(sessions.clone())
            .with_clock(clock.clone());
        let limits = ReplayLimits::default();
        let guard = ReplayGuard::new(verifier.window(), limits, clock.clone()).unwrap();
        let replies = ReplySigner::new(miner.clone(), CHAIN).with_clock(clock.clone());
        let mut peers = Self {
            clock,
            verifier,
            guard,
            replies,
            exchanges: vec![],
            replaced: Default::default(),
        };

        let newest = RequestSigner::new(caller, CHAIN).with_clock(peers.clock.clone());
        let earlier = newest.clone().with_revision(Erc8128Revision::Earlier);
        let envelope = Envelope::new(NETUID, miner.address(), Duration::from_millis(1_500));
        let json = br#"{"x":5.0,"y":3.0}"#;
        let bincode = [5_f64, 3.0].map(f64::to_le_bytes).concat();
        let in_bincode = envelope.with_codec(Codec::Bincode);
        for (signer, revision, method, target, content, envelope) in [
            (&newest, Erc8128Revision::Newest, "POST", "/math-sum?trace=no", &json[..], envelope),
            (&newest, Erc8128Revision::Newest, "GET", "/ping", b"", envelope),
            (&newest, Erc8128Revision::Newest, "POST", "/math-sum", &bincode, in_bincode),
            (&earlier, Erc8128Revision::Earlier, "POST", "/math-sum", json, envelope),
            (&earlier, Erc8128Revision::Earlier, "POST", "/a?b=c", &bincode, in_bincode),
        ] {
            let mut parts = parts(method, target);
            let nonce = Nonce::parse(&format!("AAECAwQFBgcICQoLDA0OD{}", peers.exchanges.len()));
            let signed = signer.sign_with_nonce(&mut parts, content, &envelope, nonce.unwrap());
            let pending = now(signed).unwrap();
            peers.exchange(Some(revision), parts, content, pending);
        }

        let session = peers.open_session(&sessions, &newest, &envelope);
        let mut parts = parts("POST", "/math-sum");
        let pending = session.sign(&mut parts, json, &envelope).unwrap();
        peers.exchange(None, parts, json, pending);
        let exchange = peers.exchanges.last().unwrap();
        peers.replaced = [
            (SESSION, session.id().to_string()),
            (REQUEST_CODE, signature(&exchange.request.headers)),
            (REPLY_CODE, signature(&exchange.reply)),
        ];
        peers
    }

    fn exchange(
        &mut self,
        revision: Option<Erc8128Revision>,
        mut request: Parts,
        content: &[u8],
        pending: PendingReply,
    ) {
        // The request has the form in which it arrives: the authority is in a field.
        request.uri = request.uri.path_and_query().unwrap().as_str().parse().unwrap();
        request.headers.insert(HOST, "miner.example:8091".parse().unwrap());
        let claim = self.verifier.examine(&request).unwrap().bind().unwrap();
        let verified = now(self.verifier.verify(claim, content, &self.guard)).unwrap();
        let reply_content = br#"{"result":8.0}"#.to_vec();
        let mut reply = HeaderMap::new();
        reply.insert(CONTENT_TYPE, Codec::Json.content_type());
        now(self.replies.sign(&verified, StatusCode::OK, &mut reply, &reply_content)).unwrap();
        let content = content.to_vec();
        self.exchanges.push(SignedExchange {
            revision,
            request,
            content,
            pending,
            verified,
            reply,
            reply_content,
        });
    }

    fn open_session(
        &self,
        sessions: &Sessions,
        signer: &RequestSigner,
        envelope: &Envelope,
    ) -> CallerSession {
        let handshake = SessionHandshake::new().unwrap();
        let offer = handshake.offer(None);
        let content = envelope.codec.encode(&offer).unwrap();
        let mut parts = parts("POST", "/session");
        let nonce = Nonce::parse("AAECAwQFBgcICQoLDA0ODw").unwrap();
        now(signer.sign_with_nonce(&mut parts, &content, envelope, nonce)).unwrap();
        let claim = self.verifier.examine(&parts).unwrap().bind().unwrap();
        let verified = now(self.verifier.verify(claim, &content, &self.guard)).unwrap();
        let grant = now(sessions.open(&verified, &offer)).unwrap();
        handshake.establish(&grant, signer.account(), envelope, self.clock.clone()).unwrap()
    }

    /// Returns the placeholders in seeds, and their values.
    pub fn replaced(&self) -> [(&str, &str); 3] {
        self.replaced.each_ref().map(|(from, to)| (*from, to.as_str()))
    }
}

/// Returns the authority of the miner.
pub fn authority() -> Authority {
    Authority::parse("miner.example:8091", Scheme::Http).unwrap()
}

/// Polls a future that never waits: local wallets sign at once.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a local wallet signs at once"),
    }
}

fn parts(method: &str, target: &str) -> Parts {
    let method: Method = method.parse().unwrap();
    let request = Request::builder().method(method).uri(format!("{ORIGIN}{target}")).body(());
    request.unwrap().into_parts().0
}

fn wallet(number: u8) -> Wallet {
    let mut secret = [0; 32];
    secret[31] = number;
    Wallet::from_secret_bytes(&secret).unwrap()
}

/// Returns the base64 of the only signature.
fn signature(headers: &HeaderMap) -> String {
    let text = headers["signature"].to_str().unwrap();
    text.split(':').nth(1).unwrap().to_owned()
}
