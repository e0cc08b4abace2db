//! A miner of somebody else's making: it signs what it answers to calls and nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use hetu_cambium::{
    Codec, EventStreamSigner, Problem, Reason, ReplayGuard, ReplayLimits, ReplySigner,
    RequestVerifier, StreamService, VerifiedRequest,
};
use hetu_chain::SystemClock;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::scene::{MathSum, Scene, Sum};

type Piece = Result<Frame<Bytes>, Infallible>;
type Content = StreamBody<BoxStream<'static, Piece>>;

/// Counts from 0, as a stream.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Count {
    pub(crate) to: u64,
    pub(crate) end: End,
}

/// What comes after the last number.
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

/// Answers sums, and counts.
pub(crate) struct Foreign {
    pub(crate) address: SocketAddr,
    /// Told how many numbers were sent when the reader of a stream is gone.
    pub(crate) gone: mpsc::UnboundedReceiver<u64>,
}

struct Miner {
    verifier: RequestVerifier,
    guard: ReplayGuard,
    replies: ReplySigner,
    gone: mpsc::UnboundedSender<u64>,
}

impl Foreign {
    /// The miner of `account`.
    pub(crate) async fn start(scene: &Scene, account: usize) -> Self {
        Self::claiming(scene, account, account).await
    }

    /// Takes what is for `claimed` and signs as `account`.
    pub(crate) async fn claiming(scene: &Scene, claimed: usize, account: usize) -> Self {
        let chain = scene.devnet.chain_id();
        let verifier = RequestVerifier::new(chain, scene.netuid, scene.wallet(claimed).address());
        let clock = Arc::new(SystemClock);
        let guard = ReplayGuard::new(verifier.window(), ReplayLimits::default(), clock).unwrap();
        tokio::time::sleep(guard.opens_in()).await;
        let (sender, gone) = mpsc::unbounded_channel();
        let replies = ReplySigner::new(Arc::new(scene.wallet(account)), chain);
        let miner = Arc::new(Miner { verifier, guard, replies, gone: sender });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let miner = Arc::clone(&miner);
                let answer = service_fn(move |request| {
                    let miner = Arc::clone(&miner);
                    async move { Ok::<_, Infallible>(miner.answer(request).await) }
                });
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { address, gone }
    }
}

impl Miner {
    async fn answer(&self, request: Request<Incoming>) -> Response<Content> {
        if request.method() != Method::POST {
            let mut nothing = whole(Bytes::new());
            *nothing.status_mut() = StatusCode::NOT_FOUND;
            return nothing;
        }
        let (parts, body) = request.into_parts();
        let content = body.collect().await.unwrap().to_bytes();
        let claim = self.verifier.examine(&parts).unwrap();
        let request = self.verifier.verify(claim, &content, &self.guard).await.unwrap();
        let codec = Codec::of_content(&parts.headers).unwrap();
        if parts.uri.path() == "/Count" {
            return self.count(request, codec.decode(&content).unwrap()).await;
        }
        let MathSum { x, y } = codec.decode(&content).unwrap();
        let content = codec.encode(&Sum { result: x + y }).unwrap();
        let mut reply = whole(content.clone());
        reply.headers_mut().insert(CONTENT_TYPE, codec.content_type());
        let status = reply.status();
        self.replies.sign(&request, status, reply.headers_mut(), &content).await.unwrap();
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
    gone: mpsc::UnboundedSender<u64>,
}

impl Drop for Sent {
    fn drop(&mut self) {
        let _ = self.gone.send(self.numbers);
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
