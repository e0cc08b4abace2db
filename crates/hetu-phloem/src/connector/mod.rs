//! Connections to miners only.

mod certificate;
mod client;
mod head;
mod limits;
mod pace;
mod resolver;
mod stream;

pub(crate) use certificate::{CertificateTrust, SeenCertificate, TrustAnchor};
pub(crate) use client::MinerClient;
pub(crate) use head::check as check_head;
pub use limits::ConnectionLimits;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tower::{BoxError, Service};

use self::certificate::WebPki;
use self::head::{HEAD_LIST_SIZE, InterimLimit};
use self::pace::FramePace;
use self::resolver::MinerResolver;
use self::stream::{MinerStream, ReadGuard};
use crate::until::LONGEST;
use crate::violation::{HEAD_BYTES, HEAD_FIELDS};

/// The interval of HTTP/2 pings, also on idle connections. All calls to a miner share a connection,
/// and would be lost together.
const PING_INTERVAL: Duration = Duration::from_secs(10);
/// The time limit of the answer to a ping.
const PING_LIMIT: Duration = Duration::from_secs(2);

/// The permitted versions of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersions {
    /// HTTP/1.1, or over TLS the version that both sides support.
    Negotiated,
    /// HTTP/2 from the first byte (RFC 9113, section 3.3).
    PriorKnowledge,
}

/// The common part of a client's connections.
#[derive(Clone, Debug)]
pub(crate) struct Dialer(Arc<DialerState>);

#[derive(Debug)]
struct DialerState {
    http: HttpConnector<MinerResolver>,
    web: WebPki,
    open: Arc<Semaphore>,
    connecting: Arc<Semaphore>,
    limits: ConnectionLimits,
}

impl Dialer {
    pub(crate) fn new(allows_private_addresses: bool, limits: ConnectionLimits) -> Self {
        let mut http =
            HttpConnector::new_with_resolver(MinerResolver::new(allows_private_addresses));
        http.set_nodelay(true);
        // The limit of the whole connection is no longer than that of its first part.
        http.set_connect_timeout(Some(limits.connect_timeout.min(LONGEST)));
        http.enforce_http(false);
        let permits = |number: usize| Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(DialerState {
            http,
            web: WebPki::new(),
            open: permits(limits.open),
            connecting: permits(limits.connecting),
            limits,
        }))
    }

    /// Returns a client without a connection, for a miner at `endpoint` with the certificate rule
    /// `trust`.
    pub(crate) fn client(
        &self,
        endpoint: &Uri,
        trust: &CertificateTrust,
        versions: HttpVersions,
    ) -> MinerClient {
        let is_secure = endpoint.scheme() == Some(&Scheme::HTTPS);
        let tls = is_secure.then(|| self.0.web.client_config(Arc::clone(trust)));
        let interim = InterimLimit::default();
        let (trust, interim_limit) = (Arc::clone(trust), interim.clone());
        let config = ConnectorConfig { dialer: self.clone(), tls, trust, versions, interim };
        let limits = self.0.limits;
        let http = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.idle_timeout.min(LONGEST))
            .pool_max_idle_per_host(limits.idle_per_miner)
            .http1_max_headers(HEAD_FIELDS)
            .http1_max_buf_size(HEAD_BYTES)
            .http2_max_header_list_size(HEAD_LIST_SIZE)
            .http2_only(versions == HttpVersions::PriorKnowledge)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_LIMIT)
            .http2_keep_alive_while_idle(true)
            .build(MinerConnector(Arc::new(config)));
        MinerClient::new(http, interim_limit)
    }
}

/// A connector to one miner. It is cloned with each call, so it is small.
#[derive(Clone, Debug)]
pub(crate) struct MinerConnector(Arc<ConnectorConfig>);

/// The endpoints and bounds of the connections to one miner.
#[derive(Debug)]
struct ConnectorConfig {
    dialer: Dialer,
    tls: Option<Arc<ClientConfig>>,
    trust: CertificateTrust,
    versions: HttpVersions,
    interim: InterimLimit,
}

impl ConnectorConfig {
    /// Connects within the time limit, which begins once there is room for the connection: the
    /// duration of other calls is no measure of this miner. The caller bounds the rest.
    async fn connect(&self, uri: Uri) -> Result<MinerStream, BoxError> {
        let DialerState { http, open, connecting, limits, .. } = &*self.dialer.0;
        let limit = limits.connect_timeout.min(LONGEST);
        let room = Arc::clone(open).acquire_owned().await?;
        let _turn = connecting.acquire().await?;
        let connected = timeout(limit, async {
            let stream = http.clone().call(uri.clone()).await?;
            match &self.tls {
                None => Ok(MinerStream::plain(stream, self.guard(room))),
                Some(config) => self.secure(Arc::clone(config), stream, &uri, room).await,
            }
        });
        connected.await.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {limit:?}"))
        })?
    }

    /// Returns the bounds of a new connection, which takes `room`.
    fn guard(&self, room: OwnedSemaphorePermit) -> ReadGuard {
        let is_http2 = self.versions == HttpVersions::PriorKnowledge;
        ReadGuard {
            interim: self.interim.clone(),
            pace: is_http2.then(FramePace::new),
            _room: room,
        }
    }

    async fn secure(
        &self,
        config: Arc<ClientConfig>,
        stream: TokioIo<TcpStream>,
        uri: &Uri,
        room: OwnedSemaphorePermit,
    ) -> Result<MinerStream, BoxError> {
        let host = server_name(uri)?;
        let connector = TlsConnector::from(config);
        let stream = connector.connect(host.clone(), stream.into_inner()).await?;
        // If the rule for certificates is known, the handshake has applied it.
        let certificate = match self.trust.get() {
            Some(_) => None,
            None => {
                let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                self.dialer.0.web.look_at(chain, &host)
            }
        };
        Ok(MinerStream::secure(stream, certificate, self.guard(room)))
    }
}

impl Service<Uri> for MinerConnector {
    type Response = MinerStream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<MinerStream, BoxError>> + Send>>;

    /// Returns ready, because [`call`](Self::call) itself waits for room.
    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let config = Arc::clone(&self.0);
        Box::pin(async move { config.connect(uri).await })
    }
}

/// Returns the host of `uri` as in certificates: IPv6 addresses without brackets.
fn server_name(uri: &Uri) -> Result<ServerName<'static>, BoxError> {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok(ServerName::try_from(host.to_owned())?)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io::{Read, Write};
    use std::net::SocketAddr;

    use bytes::Bytes;
    use http::{Request, Response, Version};
    use http_body_util::{BodyExt, Full};
    use hyper::body::Incoming;
    use hyper::server::conn::http2;
    use hyper::service::service_fn;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::watch;
    use tokio::time::Instant;

    use super::*;

    fn dialer(limits: ConnectionLimits) -> Dialer {
        Dialer::new(true, limits)
    }

    fn connector(dialer: &Dialer) -> MinerConnector {
        let config = ConnectorConfig {
            dialer: dialer.clone(),
            tls: None,
            trust: CertificateTrust::default(),
            versions: HttpVersions::Negotiated,
            interim: InterimLimit::default(),
        };
        MinerConnector(Arc::new(config))
    }

    async fn listener() -> (TcpListener, Uri) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        (listener, uri)
    }

    #[tokio::test]
    async fn the_time_for_a_connection_begins_once_there_is_room_for_it() {
        let (_listener, uri) = listener().await;
        let limits = ConnectionLimits::default().with_open(1).with_connecting(1);
        let both: [fn(&DialerState) -> &Arc<Semaphore>; 2] =
            [|shared| &shared.open, |shared| &shared.connecting];
        for full in both {
            let dialer = dialer(limits);
            let others = Arc::clone(full(&dialer.0)).acquire_owned().await.unwrap();
            let connecting = tokio::spawn(connector(&dialer).call(uri.clone()));
            tokio::time::pause();
            tokio::task::yield_now().await;
            tokio::time::advance(limits.connect_timeout * 10).await;
            tokio::task::yield_now().await;
            tokio::time::resume();
            assert!(!connecting.is_finished());
            drop(others);
            connecting.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn no_time_is_too_long_to_be_waited_for() {
        let (_listener, uri) = listener().await;
        let limits = ConnectionLimits::default()
            .with_connect_timeout(Duration::MAX)
            .with_idle_timeout(Duration::MAX);
        connector(&dialer(limits)).call(uri).await.unwrap();
    }

    /// Forwards the bytes of both sides until `is_deaf`, and drops them from then on.
    async fn pass_until(is_deaf: watch::Receiver<bool>, listener: TcpListener, to: SocketAddr) {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(to).await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let deaf = is_deaf.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 4_096];
            while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
                if !*deaf.borrow() {
                    to_client.write_all(&buffer[..length]).await.unwrap();
                }
            }
        });
        let mut buffer = [0; 4_096];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            if !*is_deaf.borrow() {
                to_server.write_all(&buffer[..length]).await.unwrap();
            }
        }
    }

    /// Serves one connection.
    async fn serve_http2(server: TcpListener) {
        let (stream, _) = server.accept().await.unwrap();
        let answer = service_fn(|_: Request<Incoming>| async {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let server = http2::Builder::new(TokioExecutor::new());
        let _ = server.serve_connection(TokioIo::new(stream), answer).await;
    }

    #[tokio::test]
    async fn an_idle_http2_connection_to_nobody_is_closed_before_a_call_is_lost_to_it() {
        let (server, _) = listener().await;
        let (between, uri) = listener().await;
        let to = server.local_addr().unwrap();
        tokio::spawn(serve_http2(server));
        let (silence, is_deaf) = watch::channel(false);
        let passing = tokio::spawn(pass_until(is_deaf, between, to));
        let limits = ConnectionLimits::default().with_idle_timeout(Duration::from_secs(3_600));
        let versions = HttpVersions::PriorKnowledge;
        let client = dialer(limits).client(&uri, &CertificateTrust::default(), versions);
        let reply = client.request(Request::get(uri).body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(reply.version(), Version::HTTP_2);
        reply.into_body().collect().await.unwrap();

        silence.send_replace(true);
        let idle_since = Instant::now();
        tokio::time::pause();
        passing.await.unwrap();
        let took = idle_since.elapsed();
        assert!(took <= PING_INTERVAL + PING_LIMIT + Duration::from_secs(1), "{took:?}");
    }

    /// Starts an HTTP/2 server that answers the first request with interim replies without end. It
    /// has a thread of its own.
    fn flooding_http2() -> Uri {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
            connection.write_all(&settings).unwrap();
            // The request arrives with the preface or soon after it.
            let mut request = Vec::new();
            while !request.windows(4).any(|window| window == b"http") && request.len() < 200 {
                let mut piece = [0; 4_096];
                let length = connection.read(&mut piece).unwrap();
                request.extend_from_slice(&piece[..length]);
            }
            // `:status: 103`, of which the name alone is in the static table.
            let head = [0, 0, 5, 1, 4, 0, 0, 0, 1, 8, 3, b'1', b'0', b'3'];
            let heads = head.repeat(512);
            while connection.write_all(&heads).is_ok() {}
        });
        uri
    }

    /// Covers unbounded work before a reply, in HTTP/2, where the library skips interim replies and
    /// does not report them.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn http2_calls_finish_while_others_get_interim_replies_without_end() {
        let dialer = dialer(ConnectionLimits::default());
        let versions = HttpVersions::PriorKnowledge;
        let client = |uri: &Uri| dialer.client(uri, &CertificateTrust::default(), versions);
        let flooded: Vec<_> = (0..8)
            .map(|_| {
                let uri = flooding_http2();
                let client = client(&uri);
                tokio::spawn(async move {
                    let request = Request::get(uri).body(Full::default()).unwrap();
                    client.request(request).await.map(drop)
                })
            })
            .collect();
        let (server, uri) = listener().await;
        tokio::spawn(serve_http2(server));
        let client = client(&uri);
        for _ in 0..50 {
            let request = Request::get(uri.clone()).body(Full::default()).unwrap();
            let reply = timeout(Duration::from_secs(5), client.request(request)).await;
            reply.unwrap().unwrap().into_body().collect().await.unwrap();
        }
        for call in flooded {
            assert!(!call.is_finished(), "interim replies are no reply");
            call.abort();
        }
    }
}
