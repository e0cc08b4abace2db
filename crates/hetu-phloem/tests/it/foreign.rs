//! A miner of another implementation: it signs its replies to calls, and other messages only on
//! request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use hetu_cambium::{
    CertificateFingerprint, Codec, DiscoveryDocument, EventStreamSigner, Problem, PublishedLimits,
    Reason, ReplayGuard, ReplayLimits, ReplySigner, RequestVerifier, Scheme, StreamService,
    VerifiedRequest, fields,
};
use hetu_chain::SystemClock;
use hetu_testkit::certificate::self_signed;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::scene::{MathSum, Scene, Sum};

pub(crate) type Piece = Result<Frame<Bytes>, Infallible>;
pub(crate) type Content = StreamBody<BoxStream<'static, Piece>>;

/// A stream that counts from 0.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Count {
    pub(crate) to: u64,
    pub(crate) end: End,
}

/// The event after the last number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum End {
    Complete,
    Problem,
    Break,
    Silence,
    Lie,
}

impl StreamService for Count {
    const NAME: &'static str = "Count";
    type Request = Self;
    type Item = u64;
}

/// A change to a signed reply.
pub(crate) type Disfigurement = fn(&mut Response<Content>);

/// The configuration of a miner.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    /// The recipient account of the requests that it accepts.
    pub(crate) claimed: usize,
    /// The account of the key that signs.
    pub(crate) account: usize,
    /// `true` if it uses TLS.
    pub(crate) is_secure: bool,
    /// The discovery document that it signs, if any.
    pub(crate) document: Option<fn(DiscoveryDocument) -> DiscoveryDocument>,
}

impl Setup {
    pub(crate) const fn of(account: usize) -> Self {
        Self { claimed: account, account, is_secure: false, document: None }
    }
}

/// A miner that answers sums and counts.
pub(crate) struct Foreign {
    pub(crate) address: SocketAddr,
    miner: Arc<Miner>,
    /// Receives the count of numbers sent after the reader of a stream is gone.
    pub(crate) gone: mpsc::Receiver<u64>,
}

struct Miner {
    setup: Setup,
    document: Mutex<Option<DiscoveryDocument>>,
    disfigurement: Mutex<Option<Disfigurement>>,
    certificate: Mutex<Shown>,
    calls: AtomicUsize,
    connections: AtomicUsize,
    cut: watch::Sender<()>,
    verifier: RequestVerifier,
    guard: ReplayGuard,
    replies: ReplySigner,
    gone: mpsc::Sender<u64>,
}

impl Foreign {
    pub(crate) async fn start(scene: &Scene, setup: Setup) -> Self {
        let chain = scene.devnet.chain_id();
        let claimed = scene.wallet(setup.claimed).address();
        let scheme = if setup.is_secure { Scheme::Https } else { Scheme::Http };
        let verifier = RequestVerifier::new(chain, scene.netuid, claimed).with_scheme(scheme);
        let clock = Arc::new(SystemClock);
        let guard = ReplayGuard::new(verifier.window(), ReplayLimits::default(), clock).unwrap();
        tokio::time::sleep(guard.opens_in()).await;
        let (sender, gone) = mpsc::channel(64);
        let limits = PublishedLimits::new(&verifier, 1_000_000, 65_536, 60_000);
        let miner = Arc::new(Miner {
            setup,
            document: Mutex::new(None),
            disfigurement: Mutex::new(None),
            certificate: Mutex::new(Shown::new()),
            calls: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            cut: watch::Sender::new(()),
            guard,
            replies: ReplySigner::new(Arc::new(scene.wallet(setup.account)), chain),
            gone: sender,
            verifier,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let foreign = Self { address: listener.local_addr().unwrap(), miner, gone };
        if let Some(change) = setup.document {
            let plain = DiscoveryDocument::new(&foreign.miner.verifier, &[], limits);
            foreign.publish(change(plain.with_tls_certificate(foreign.fingerprint())));
        }
        tokio::spawn(listen(listener, Arc::clone(&foreign.miner)));
        foreign
    }

    /// Signs `document` from now on.
    pub(crate) fn publish(&self, document: DiscoveryDocument) {
        *self.miner.document.lock().unwrap() = Some(document);
    }

    pub(crate) fn document(&self) -> DiscoveryDocument {
        self.miner.document.lock().unwrap().clone().unwrap()
    }

    /// Changes each later reply to a call by `change`, after it was signed.
    pub(crate) fn disfigure(&self, change: Disfigurement) {
        *self.miner.disfigurement.lock().unwrap() = Some(change);
    }

    /// Presents another certificate from now on, and closes all connections.
    pub(crate) fn change_certificate(&self) {
        *self.miner.certificate.lock().unwrap() = Shown::new();
        self.miner.cut.send_replace(());
    }

    /// Returns the fingerprint of the certificate that it presents.
    pub(crate) fn fingerprint(&self) -> CertificateFingerprint {
        self.miner.certificate.lock().unwrap().fingerprint
    }

    /// Returns the number of calls received.
    pub(crate) fn calls(&self) -> usize {
        self.miner.calls.load(Ordering::SeqCst)
    }

    /// Returns the number of connections accepted.
    pub(crate) fn connections(&self) -> usize {
        self.miner.connections.load(Ordering::SeqCst)
    }
}

/// A self-signed certificate.
struct Shown {
    config: Arc<ServerConfig>,
    fingerprint: CertificateFingerprint,
}

impl Shown {
    fn new() -> Self {
        let shown = self_signed("127.0.0.1");
        let certificate = CertificateDer::from(shown.certificate_der);
        let key = PrivateKeyDer::try_from(shown.key_der).unwrap();
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let mut config = builder
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let fingerprint = CertificateFingerprint::of_der(&certificate);
        Self { config: Arc::new(config), fingerprint }
    }
}

async fn listen(listener: TcpListener, miner: Arc<Miner>) {
    while let Ok((stream, _)) = listener.accept().await {
        miner.connections.fetch_add(1, Ordering::SeqCst);
        let miner = Arc::clone(&miner);
        let mut cut = miner.cut.subscribe();
        tokio::spawn(async move {
            let config = Arc::clone(&miner.certificate.lock().unwrap().config);
            if miner.setup.is_secure {
                if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                    tokio::select! { () = converse(stream, miner) => {}, _ = cut.changed() => {} }
                }
            } else {
                tokio::select! { () = converse(stream, miner) => {}, _ = cut.changed() => {} }
            }
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, miner: Arc<Miner>) {
    let answer = service_fn(move |request| {
        let miner = Arc::clone(&miner);
        async move {
            let is_call = request.method() == Method::POST;
            let mut reply = miner.answer(request).await;
            let change = *miner.disfigurement.lock().unwrap();
            if let Some(change) = change.filter(|_| is_call) {
                change(&mut reply);
            }
            Ok::<_, Infallible>(reply)
        }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
}

impl Miner {
    async fn answer(&self, request: Request<Incoming>) -> Response<Content> {
        let (parts, body) = request.into_parts();
        let document = self.document.lock().unwrap().clone();
        let is_signed = parts.headers.contains_key(fields::SIGNATURE);
        if parts.method != Method::POST && (document.is_none() || !is_signed) {
            let mut nothing = whole(Bytes::new());
            *nothing.status_mut() = StatusCode::NOT_FOUND;
            return nothing;
        }
        let content = body.collect().await.unwrap().to_bytes();
        let claim = self.verifier.examine(&parts).unwrap().bind().unwrap();
        let request = self.verifier.verify(claim, &content, &self.guard).await.unwrap();
        if parts.method != Method::POST {
            let document = serde_json::to_vec(&document.unwrap()).unwrap();
            return self.signed(&request, Codec::Json, document.into()).await;
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let codec = Codec::of_content(&parts.headers).unwrap();
        if parts.uri.path() == "/Count" {
            return self.count(request, codec.decode(&content).unwrap()).await;
        }
        let MathSum { x, y } = codec.decode(&content).unwrap();
        self.signed(&request, codec, codec.encode(&Sum { result: x + y }).unwrap()).await
    }

    async fn signed(
        &self,
        request: &VerifiedRequest,
        codec: Codec,
        content: Bytes,
    ) -> Response<Content> {
        let mut reply = whole(content.clone());
        reply.headers_mut().insert(CONTENT_TYPE, codec.content_type());
        let status = reply.status();
        self.replies.sign(request, status, reply.headers_mut(), &content).await.unwrap();
        reply
    }

    async fn count(&self, request: VerifiedRequest, call: Count) -> Response<Content> {
        let mut reply = Response::new(());
        let signer = self.replies.open_stream(request, reply.headers_mut()).await.unwrap();
        let sent = Sent { numbers: 0, gone: self.gone.clone() };
        let state = Counting { signer: Some(signer), call, sent };
        let content = StreamBody::new(stream::unfold(state, Counting::next).boxed());
        reply.map(|()| content)
    }
}

struct Counting {
    signer: Option<EventStreamSigner>,
    call: Count,
    sent: Sent,
}

struct Sent {
    numbers: u64,
    gone: mpsc::Sender<u64>,
}

impl Drop for Sent {
    fn drop(&mut self) {
        let _ = self.gone.try_send(self.numbers);
    }
}

impl Counting {
    async fn next(mut self) -> Option<(Piece, Self)> {
        let number = self.sent.numbers;
        let piece = if number < self.call.to {
            self.sent.numbers += 1;
            self.signer.as_mut()?.item(&number).unwrap()
        } else {
            let signer = self.signer.take()?;
            match self.call.end {
                End::Break => return None,
                End::Silence => std::future::pending().await,
                End::Problem => signer.fail(&Problem::new(Reason::Overloaded, "")).await.unwrap(),
                End::Complete | End::Lie => signer.finish().await.unwrap(),
            }
        };
        let piece = if self.call.end == End::Lie && number == 1 {
            String::from_utf8(piece.to_vec()).unwrap().replace("data: 1", "data: 7").into()
        } else {
            piece
        };
        Some((Ok(Frame::data(piece)), self))
    }
}

fn whole(content: Bytes) -> Response<Content> {
    let piece = stream::iter([Ok(Frame::data(content))]);
    Response::new(StreamBody::new(piece.boxed()))
}
