//! The layers, around real servers and clients on real sockets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::routing::{get, post};
use bytes::Bytes;
use hetu_cambium::server::RequestPipeline;
use hetu_cambium::{
    AccountId, Codec, EVENT_STREAM, Envelope, HeadLimits, Problem, Reason, Refusal, ReplyRefusal,
    ReplySigner, RequestSigner, SessionGrant, SessionHandshake, SessionLimits, SessionOffer,
    Sessions, SignError, SignLayer, StreamLimits, StreamPart, VerifiedRequest, VerifyLayer,
};
use hetu_chain::Retryable;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{CHAIN, NETUID, Peers, wallet};

type HttpClient = Client<HttpConnector, Full<Bytes>>;

fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Returns the verification layer of the miner of `peers`.
fn gate(peers: &Peers) -> VerifyLayer {
    let guard = crate::support::guard(Default::default(), &peers.clock);
    VerifyLayer::new(peers.verifier.clone(), guard, peers.replies.clone())
}

fn sign_layer(peers: &Peers) -> SignLayer {
    SignLayer::new(peers.signer.clone(), peers.envelope()).with_clock(peers.clock.clone())
}

/// Serves a handler by hyper alone.
async fn serve_by_hyper(layer: VerifyLayer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let echo = service_fn(async |request: Request<Full<Bytes>>| {
        let caller = request.extensions().get::<VerifiedRequest>().unwrap().caller();
        let content = request.into_body().collect().await.unwrap().to_bytes();
        let mut reply = Response::new(Full::new(content));
        reply.headers_mut().insert("x-caller", caller.to_lower_hex().parse().unwrap());
        Ok::<_, Infallible>(reply)
    });
    let service = layer.layer(echo);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// Serves a router by axum.
async fn serve_by_axum(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn post_to(address: SocketAddr, path: &str, content: &'static str) -> Request<Full<Bytes>> {
    let request = Request::post(format!("http://{address}{path}"));
    request.body(Full::new(Bytes::from_static(content.as_bytes()))).unwrap()
}

async fn text(reply: Response<Full<Bytes>>) -> String {
    String::from_utf8(reply.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_server_of_hyper_speaks_the_protocol() {
    let peers = Peers::new();
    let address = serve_by_hyper(gate(&peers)).await;
    let client = sign_layer(&peers).layer(client());
    for content in ["{}", "[1,2,3]"] {
        let reply = client.clone().oneshot(post_to(address, "/echo", content)).await.unwrap();
        let caller = peers.caller.address().to_lower_hex();
        assert_eq!(reply.headers()["x-caller"], caller);
        assert_eq!(text(reply).await, content);
    }
}

#[tokio::test]
async fn a_server_of_axum_speaks_the_protocol() {
    let peers = Peers::new();
    let twice = async |Extension(request): Extension<VerifiedRequest>, content: String| {
        format!("{} {content}{content}", request.caller().to_lower_hex())
    };
    let router = Router::new().route("/twice", post(twice)).layer(gate(&peers));
    let address = serve_by_axum(router).await;
    let client = sign_layer(&peers).layer(client());
    let reply = client.clone().oneshot(post_to(address, "/twice", "ab")).await.unwrap();
    assert_eq!(text(reply).await, format!("{} abab", peers.caller.address().to_lower_hex()));
    // The router's own replies are signed too.
    let reply = client.oneshot(post_to(address, "/thrice", "ab")).await.unwrap();
    assert_eq!(reply.status(), 404);
}

#[tokio::test]
async fn open_resource_passes_unsigned_and_its_signed_reply_is_signed() {
    let peers = Peers::new();
    let show = async |request: Option<Extension<VerifiedRequest>>| {
        if request.is_some() { "verified" } else { "open" }
    };
    let router = Router::new()
        .route("/.well-known/hetu", get(show))
        .route("/ping", get(show).post(show))
        .route("/other", get(show))
        .layer(gate(&peers));
    let address = serve_by_axum(router).await;
    let request = |method: &str, path: &str, content: &'static str| {
        let request = Request::builder().method(method).uri(format!("http://{address}{path}"));
        request.body(Full::new(Bytes::from_static(content.as_bytes()))).unwrap()
    };
    for (method, path) in [("GET", "/.well-known/hetu"), ("GET", "/ping"), ("POST", "/ping")] {
        let reply = client().request(request(method, path, "")).await.unwrap();
        assert_eq!(reply.status(), 200, "{method} {path}");
        assert!(!reply.headers().contains_key("signature"), "{method} {path}");
        let content = reply.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(content, "open", "{method} {path}");

        let client = sign_layer(&peers).layer(client());
        let reply = client.oneshot(request(method, path, "")).await.unwrap();
        assert_eq!(text(reply).await, "verified", "{method} {path}");
    }
    for (method, path) in [("GET", "/other"), ("PUT", "/ping"), ("POST", "/.well-known/hetu")] {
        let reply = client().request(request(method, path, "")).await.unwrap();
        assert_eq!(reply.status(), 401, "{method} {path}");
    }
    let long = "x".repeat(2_000).leak();
    let reply = client().request(request("POST", "/ping", long)).await.unwrap();
    assert_eq!(reply.status(), 413);
    // A request with one of the two signature fields is invalid.
    let mut half = request("GET", "/ping", "");
    half.headers_mut().insert("signature", "eth=:AAAA:".parse().unwrap());
    assert_eq!(client().request(half).await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_gate_refuses_before_the_service_sees_anything() {
    let peers = Peers::new();
    let other = wallet(3).address();
    let layer = gate(&peers).with_content_limit(8).with_authorization(move |caller| {
        if caller == other {
            return Err(Refusal::new(Reason::RoleNotAllowed, "not served here"));
        }
        Ok(())
    });
    let address = serve_by_hyper(layer).await;
    let refusal = async |signer: RequestSigner, content: &'static str| {
        let client = SignLayer::new(signer, peers.envelope())
            .with_clock(peers.clock.clone())
            .layer(client());
        match client.oneshot(post_to(address, "/echo", content)).await {
            Ok(reply) => Err(reply.status()),
            Err(SignError::Untrusted { refusal: ReplyRefusal::Unsigned, status, problem }) => {
                Ok((status.as_u16(), problem.unwrap().reason().unwrap()))
            }
            Err(error) => panic!("{error}"),
        }
    };
    let own = || peers.signer.clone();
    assert_eq!(refusal(own(), "{}").await, Err(StatusCode::OK));
    assert_eq!(refusal(own(), "123456789").await, Ok((413, Reason::ContentTooLarge)));
    let foreign = RequestSigner::new(Arc::new(wallet(3)), CHAIN).with_clock(peers.clock.clone());
    assert_eq!(refusal(foreign, "{}").await, Ok((403, Reason::RoleNotAllowed)));

    let unsigned = client().request(post_to(address, "/echo", "{}")).await.unwrap();
    assert_eq!(unsigned.status(), 401);
    assert!(unsigned.headers().contains_key("www-authenticate"));
    let (parts, body) = unsigned.into_parts();
    let content = body.collect().await.unwrap().to_bytes();
    let problem = Problem::parse(&parts.headers, &content).unwrap();
    assert_eq!(problem.reason(), Some(Reason::SignatureMissing));
}

/// Regression test: the configuration of a layer that was cloned or used panicked.
#[tokio::test]
async fn layer_in_use_can_be_configured_again() {
    let peers = Peers::new();
    let layer = gate(&peers);
    let address = serve_by_hyper(layer.clone()).await;
    let stricter = layer.with_content_limit(1).with_authorization(|_| Ok(()));
    let client = sign_layer(&peers).layer(client());
    let reply = client.clone().oneshot(post_to(address, "/echo", "{}")).await.unwrap();
    assert_eq!(reply.status(), 200);
    let address = serve_by_hyper(stricter).await;
    let error = client.oneshot(post_to(address, "/echo", "{}")).await.unwrap_err();
    assert!(matches!(&error, SignError::Untrusted { status, .. } if *status == 413), "{error}");
}

#[tokio::test]
async fn request_with_too_many_fields_is_refused_unread() {
    let peers = Peers::new();
    let limits = HeadLimits::default().with_fields(20);
    let guard = crate::support::guard(Default::default(), &peers.clock);
    let pipeline = RequestPipeline::new(peers.verifier.clone(), guard, peers.replies.clone());
    let address = serve_by_hyper(pipeline.with_head_limits(limits).into()).await;
    let client = sign_layer(&peers).layer(client());
    let mut request = post_to(address, "/echo", "{}");
    assert!(client.clone().oneshot(post_to(address, "/echo", "{}")).await.is_ok());
    for number in 0..20 {
        let name: http::HeaderName = format!("x-{number}").parse().unwrap();
        request.headers_mut().insert(name, "y".parse().unwrap());
    }
    let error = client.oneshot(request).await.unwrap_err();
    let SignError::Untrusted { status, problem: Some(problem), .. } = error else {
        panic!("{error}")
    };
    assert_eq!((status.as_u16(), problem.reason()), (431, Some(Reason::FieldsTooLarge)));
}

#[tokio::test]
async fn each_request_says_to_whom_it_goes() {
    let peers = Peers::new();
    let address = serve_by_hyper(gate(&peers)).await;
    let timeout = peers.envelope().timeout;
    let stranger = Envelope::new(NETUID, wallet(9).address(), timeout);
    let client = SignLayer::new(peers.signer.clone(), stranger)
        .with_clock(peers.clock.clone())
        .layer(client());
    let refused = client.clone().oneshot(post_to(address, "/echo", "{}")).await.unwrap_err();
    assert!(!refused.retryability().is_retryable());
    let mut request = post_to(address, "/echo", "{}");
    request.extensions_mut().insert(peers.envelope());
    assert_eq!(client.oneshot(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_server_with_another_key_is_not_believed() {
    let peers = Peers::new();
    let guard = crate::support::guard(Default::default(), &peers.clock);
    let impostor = ReplySigner::new(Arc::new(wallet(9)), CHAIN).with_clock(peers.clock.clone());
    let layer = VerifyLayer::new(peers.verifier.clone(), guard, impostor);
    let address = serve_by_hyper(layer).await;
    let client = sign_layer(&peers).layer(client());
    let error = client.oneshot(post_to(address, "/echo", "{}")).await.unwrap_err();
    assert!(
        matches!(&error, SignError::Untrusted { refusal: ReplyRefusal::WrongSigner { .. }, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_client_that_gets_nowhere_says_so() {
    let peers = Peers::new();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = sign_layer(&peers).with_content_limit(8).layer(client());
    let nowhere = client.clone().oneshot(post_to(closed, "/echo", "{}")).await.unwrap_err();
    assert!(matches!(nowhere, SignError::Transport(_)), "{nowhere}");
    let long = client.oneshot(post_to(closed, "/echo", "123456789")).await.unwrap_err();
    assert!(matches!(long, SignError::TooLarge { limit: 8 }), "{long}");
}

#[tokio::test]
async fn a_stream_passes_the_layer_as_it_was_signed() {
    let peers = Peers::new();
    let replies = peers.replies.clone();
    let stream = service_fn(move |request: Request<Full<Bytes>>| {
        let replies = replies.clone();
        async move {
            let verified = request.extensions().get::<VerifiedRequest>().unwrap().clone();
            let mut headers = HeaderMap::new();
            let mut signer = replies.open_stream(verified, &mut headers).await.unwrap();
            let content = [signer.item(&1).unwrap(), signer.finish().await.unwrap()].concat();
            let mut reply = Response::new(Full::new(Bytes::from(content)));
            *reply.headers_mut() = headers;
            Ok::<_, Infallible>(reply)
        }
    });
    let service = gate(&peers).layer(stream);
    let sent = peers.send();
    let request = Request::from_parts(sent.parts.clone(), Full::new(Bytes::from(sent.content)));
    let reply = service.oneshot(request).await.unwrap();
    assert_eq!(reply.headers()[CONTENT_TYPE], EVENT_STREAM);
    let (parts, body) = reply.into_parts();
    let content = body.collect().await.unwrap().to_bytes();
    let limits = StreamLimits::default();
    let mut verifier =
        sent.pending.verify_stream(parts.status, &parts.headers, limits, &*peers.clock).unwrap();
    let read = verifier.feed(&content).unwrap();
    assert_eq!(read, [StreamPart::Item("1".into()), StreamPart::Complete]);
}

#[tokio::test]
async fn the_layer_opens_sessions_where_the_verifier_takes_them() {
    let mut peers = Peers::new();
    let sessions = Arc::new(Sessions::new(SessionLimits::default(), peers.clock.clone()));
    peers.verifier = peers.verifier.clone().with_sessions(sessions);
    let address = serve_by_hyper(gate(&peers)).await;
    let envelope = peers.envelope();
    let uri = format!("http://{address}").parse().unwrap();

    let handshake = SessionHandshake::new().unwrap();
    let offer = handshake.offer(None);
    let signed = peers.signer.call::<SessionOffer>(&uri, &offer, &envelope).await.unwrap();
    let reply = client().request(signed.request.map(Full::new)).await.unwrap();
    let (parts, body) = reply.into_parts();
    let content = body.collect().await.unwrap().to_bytes();
    signed.pending.verify(parts.status, &parts.headers, &content, &*peers.clock).unwrap();
    let grant: SessionGrant = Codec::Json.decode(&content).unwrap();
    let caller = AccountId::new(CHAIN, peers.caller.address());
    let session = handshake.establish(&grant, caller, &envelope, peers.clock.clone()).unwrap();

    let (mut parts, content) = post_to(address, "/echo", "{}").into_parts();
    let pending = session.sign(&mut parts, b"{}", &envelope).unwrap();
    let reply = client().request(Request::from_parts(parts, content)).await.unwrap();
    let (parts, body) = reply.into_parts();
    let content = body.collect().await.unwrap().to_bytes();
    assert_eq!(pending.verify(parts.status, &parts.headers, &content, &*peers.clock), Ok(()));
    assert_eq!(content, "{}");
}
