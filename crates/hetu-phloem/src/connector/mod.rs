//! Connections to miners, and not to anything else.

mod certificate;
mod limits;
mod resolver;
mod stream;

pub(crate) use certificate::{CertificateTrust, SeenCertificate, TrustAnchor};
pub use limits::ConnectionLimits;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::uri::Scheme;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tower::{BoxError, Service};

use self::certificate::WebPki;
use self::resolver::MinerResolver;
use self::stream::MinerStream;

/// How often an idle HTTP/2 connection is asked whether it is alive still.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// The connections to one miner. Dropping it and what is under way closes them all.
pub(crate) type HttpClient = Client<MinerConnector, Full<Bytes>>;

/// Which version of HTTP to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersions {
    /// HTTP/1.1, or over TLS what both sides know.
    Negotiated,
    /// HTTP/2 from the first byte (RFC 9113, section 3.3).
    PriorKnowledge,
}

/// What the connections of a client have in common.
#[derive(Clone, Debug)]
pub(crate) struct Dialer {
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
        http.set_connect_timeout(Some(limits.connect_timeout));
        http.enforce_http(false);
        let permits = |number: usize| Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS)));
        Self {
            http,
            web: WebPki::new(),
            open: permits(limits.open),
            connecting: permits(limits.connecting),
            limits,
        }
    }

    /// No connection yet, to a miner at `endpoint` whose certificates are judged by `trust`.
    pub(crate) fn client(
        &self,
        endpoint: &Uri,
        trust: &CertificateTrust,
        versions: HttpVersions,
    ) -> HttpClient {
        let is_secure = endpoint.scheme() == Some(&Scheme::HTTPS);
        let tls = is_secure.then(|| self.web.client_config(Arc::clone(trust)));
        let connector = MinerConnector { dialer: self.clone(), tls, trust: Arc::clone(trust) };
        Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.limits.idle_timeout)
            .pool_max_idle_per_host(self.limits.idle_per_miner)
            .http2_only(versions == HttpVersions::PriorKnowledge)
            .http2_keep_alive_interval(PING_INTERVAL)
            .build(connector)
    }
}

/// Connects to one miner.
#[derive(Clone, Debug)]
pub(crate) struct MinerConnector {
    dialer: Dialer,
    tls: Option<Arc<ClientConfig>>,
    trust: CertificateTrust,
}

impl MinerConnector {
    async fn connect(mut self, uri: Uri) -> Result<MinerStream, BoxError> {
        let limit = self.dialer.limits.connect_timeout;
        let connected = tokio::time::timeout(limit, async {
            let room = Arc::clone(&self.dialer.open).acquire_owned().await?;
            let _turn = Arc::clone(&self.dialer.connecting).acquire_owned().await?;
            let stream = self.dialer.http.call(uri.clone()).await?;
            match self.tls.take() {
                None => Ok(MinerStream::plain(stream, room)),
                Some(config) => self.secure(config, stream, &uri, room).await,
            }
        });
        connected.await.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {limit:?}"))
        })?
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
        // Once it is known by what certificates are judged, the handshake has done so.
        let certificate = match self.trust.get() {
            Some(_) => None,
            None => {
                let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                self.dialer.web.look_at(chain, &host)
            }
        };
        Ok(MinerStream::secure(stream, certificate, room))
    }
}

impl Service<Uri> for MinerConnector {
    type Response = MinerStream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<MinerStream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.dialer.http.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// The host of `uri` as certificates name it: addresses of version 6 without brackets.
fn server_name(uri: &Uri) -> Result<ServerName<'static>, BoxError> {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok(ServerName::try_from(host.to_owned())?)
}
