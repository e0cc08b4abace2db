//! A miner without a chain, and a caller that can misbehave.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hetu_cambium::{
    Envelope, PendingReply, Problem, ReplyRefusal, RequestSigner, Service, SignedRequest,
};
use hetu_chain::clock::ManualClock;
use hetu_chain::model::Role;
use hetu_chain::{Address, Amount, ChainId, NetUid, Wallet};
use hetu_xylem::{HandlerError, RunningXylem, SubnetRole, Xylem, XylemBuilder};
use http::header::HOST;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

pub(crate) const CHAIN: ChainId = ChainId::new(560_000);
pub(crate) const NETUID: NetUid = NetUid::new(1);

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub(crate) struct MathSum {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Sum {
    pub(crate) result: f64,
}

impl Service for MathSum {
    const NAME: &'static str = "math-sum";
    type Request = Self;
    type Reply = Sum;
}

pub(crate) async fn add(call: MathSum) -> Result<Sum, HandlerError> {
    Ok(Sum { result: call.x + call.y })
}

pub(crate) fn wallet(number: u8) -> Wallet {
    let mut secret = [0; 32];
    secret[31] = number;
    Wallet::from_secret_bytes(&secret).unwrap()
}

pub(crate) fn validator() -> Wallet {
    wallet(1)
}

pub(crate) fn miner() -> Wallet {
    wallet(2)
}

pub(crate) fn inactive_validator() -> Wallet {
    wallet(3)
}

pub(crate) fn other_miner() -> Wallet {
    wallet(4)
}

pub(crate) fn roster() -> HashMap<Address, SubnetRole> {
    let standing = |role, is_active| SubnetRole { role, is_active, stake: Amount::from_hetu(500) };
    HashMap::from([
        (validator().address(), standing(Role::Validator, true)),
        (inactive_validator().address(), standing(Role::Validator, false)),
        (other_miner().address(), standing(Role::Miner, true)),
    ])
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)))
}

/// Returns a miner with a clock that stands still, on a free port, without services.
fn bare_builder(clock: &Arc<ManualClock>) -> XylemBuilder {
    Xylem::detached(Arc::new(miner()), CHAIN, NETUID, roster())
        .bind("127.0.0.1:0")
        .clock(clock.clone())
}

/// Returns such a miner that serves sums.
pub(crate) fn builder(clock: &Arc<ManualClock>) -> XylemBuilder {
    bare_builder(clock).attach::<MathSum>(add)
}

/// A running miner and the clock that it shares with its callers.
pub(crate) struct Scene {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) miner: RunningXylem,
}

/// A reply as it was received.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Bytes,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(change: impl FnOnce(XylemBuilder) -> XylemBuilder) -> Self {
        let clock = clock();
        let miner = change(builder(&clock)).start().await.unwrap();
        Self { clock, miner }
    }

    /// Starts a miner that serves only the attached services.
    pub(crate) async fn alone(attach: impl FnOnce(XylemBuilder) -> XylemBuilder) -> Self {
        let clock = clock();
        let miner = attach(bare_builder(&clock)).start().await.unwrap();
        Self { clock, miner }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.miner.local_addr()
    }

    pub(crate) fn uri(&self, path: &str) -> Uri {
        format!("http://{}{path}", self.address()).parse().unwrap()
    }

    pub(crate) fn envelope(&self) -> Envelope {
        Envelope::new(NETUID, miner().address(), Duration::from_secs(20))
    }

    pub(crate) async fn sign_as<S: Service>(
        &self,
        wallet: Wallet,
        call: &S::Request,
        envelope: Envelope,
    ) -> SignedRequest {
        let signer = RequestSigner::new(Arc::new(wallet), CHAIN).with_clock(self.clock.clone());
        signer.call::<S>(&self.uri(""), call, &envelope).await.unwrap()
    }

    /// Signs a call by the validator.
    pub(crate) async fn sign<S: Service>(&self, call: &S::Request) -> SignedRequest {
        self.sign_as::<S>(validator(), call, self.envelope()).await
    }

    /// Signs a sum, which every miner here serves.
    pub(crate) async fn sign_sum(&self) -> SignedRequest {
        self.sign::<MathSum>(&MathSum { x: 5.0, y: 3.0 }).await
    }

    /// Signs any content for the service of sums.
    pub(crate) async fn sign_content(&self, content: impl Into<Bytes>) -> SignedRequest {
        self.sign_content_to("/math-sum", content).await
    }

    /// Signs any content for any path.
    pub(crate) async fn sign_content_to(
        &self,
        path: &str,
        content: impl Into<Bytes>,
    ) -> SignedRequest {
        let content = content.into();
        let request = Request::post(self.uri(path)).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let signer =
            RequestSigner::new(Arc::new(validator()), CHAIN).with_clock(self.clock.clone());
        let pending = signer.sign(&mut parts, &content, &self.envelope()).await.unwrap();
        SignedRequest { request: Request::from_parts(parts, content), pending }
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Reply {
        send(self.address(), request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(self.uri(path)).body(Bytes::new()).unwrap()).await
    }

    /// Verifies the miner's signature of the reply over this exchange.
    pub(crate) fn verify(&self, pending: &PendingReply, reply: &Reply) -> Result<(), ReplyRefusal> {
        pending.verify(reply.status, &reply.headers, &reply.content, &*self.clock)
    }
}

impl Reply {
    pub(crate) fn problem(&self) -> Problem {
        Problem::parse(&self.headers, &self.content).unwrap_or_else(|| {
            panic!("{} is no problem: {:?}", self.status, self.content);
        })
    }

    /// Returns the status and the reason of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let problem = self.problem();
        assert_eq!(problem.status(), self.status.as_u16());
        (self.status.as_u16(), problem.reason_text().to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.content).unwrap()
    }
}

pub(crate) fn refused(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}

pub(crate) async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Returns the current value of a metric, or 0 if it is not shown. `name` includes the labels.
pub(crate) fn metric(scene: &Scene, name: &str) -> u64 {
    let metrics = scene.miner.render_metrics();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

/// Sends a request and returns when the head of the reply arrives.
pub(crate) async fn exchange(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Bytes>,
) -> hyper::Result<Response<Incoming>> {
    // Clients send the target in origin form and the authority in Host.
    let (mut parts, content) = request.into_parts();
    let authority = parts.uri.authority().unwrap().as_str().parse().unwrap();
    parts.headers.entry(HOST).or_insert(authority);
    parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    let request = Request::from_parts(parts, Full::new(content));
    connection.send_request(request).await
}

pub(crate) async fn send_over(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Bytes>,
) -> hyper::Result<Reply> {
    let (parts, body) = exchange(connection, request).await?.into_parts();
    let content = body.collect().await?.to_bytes();
    Ok(Reply { status: parts.status, headers: parts.headers, content })
}

pub(crate) async fn send(address: SocketAddr, request: Request<Bytes>) -> Reply {
    send_over(&mut connect(address).await, request).await.unwrap()
}
