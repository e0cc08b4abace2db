//! The ports of a miner.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::endpoint::AdvertisedEndpoint;
use crate::error::XylemError;
use crate::limits::ServerLimits;
use crate::metrics::ConnectionMetrics;
use crate::serving::{ListenerConfig, MetricsPort, NetworkQuota, UnverifiedBudget};
use crate::tls::{TlsAcceptance, TlsSettings};

/// The options of the ports.
#[derive(Debug)]
pub(super) struct ListeningOptions {
    pub(super) bind: String,
    pub(super) listener: Option<TcpListener>,
    pub(super) metrics_bind: Option<String>,
    pub(super) tls: Option<TlsSettings>,
    pub(super) is_behind_proxy: bool,
}

/// A listening socket.
#[derive(Debug)]
pub(super) struct OpenPort {
    socket: TcpListener,
    pub(super) local_address: SocketAddr,
}

impl Default for ListeningOptions {
    fn default() -> Self {
        Self {
            bind: "0.0.0.0:8091".to_owned(),
            listener: None,
            metrics_bind: None,
            tls: None,
            is_behind_proxy: false,
        }
    }
}

impl ListeningOptions {
    /// Opens the port of the services.
    pub(super) async fn open(&mut self) -> Result<OpenPort, XylemError> {
        match self.listener.take() {
            Some(listener) => OpenPort::of(listener, &self.bind),
            None => OpenPort::bind(&self.bind).await,
        }
    }

    /// Opens the port of the metrics, if one is configured.
    pub(super) async fn open_metrics(&self) -> Result<Option<MetricsPort>, XylemError> {
        let Some(address) = &self.metrics_bind else { return Ok(None) };
        let OpenPort { socket, local_address } = OpenPort::bind(address).await?;
        Ok(Some(MetricsPort { listener: socket, local_address }))
    }

    /// Loads the certificate, or creates one for the advertised host.
    pub(super) async fn open_tls(
        &mut self,
        endpoint: Option<&AdvertisedEndpoint>,
    ) -> Result<Option<TlsAcceptance>, XylemError> {
        let Some(settings) = self.tls.take() else { return Ok(None) };
        let host = endpoint.map_or_else(|| "localhost".to_owned(), AdvertisedEndpoint::host);
        Ok(Some(TlsAcceptance::open(settings, host).await?))
    }

    /// Returns the port with the limits on its connections. A proxy is one address, so behind a
    /// proxy the limits per address equal the limits for all.
    pub(super) fn bounded(
        &self,
        port: OpenPort,
        limits: ServerLimits,
        tls: Option<TlsAcceptance>,
        metrics: ConnectionMetrics,
    ) -> ListenerConfig {
        let OpenPort { socket, local_address } = port;
        let total = limits.handshakes;
        let (limits, handshakes) = if self.is_behind_proxy {
            (limits.with_connections_per_address(limits.connections), total)
        } else {
            (limits, total.div_ceil(8))
        };
        let handshakes = NetworkQuota::new(total, handshakes);
        let unverified = UnverifiedBudget::new(&limits, self.is_behind_proxy);
        ListenerConfig { socket, local_address, tls, handshakes, unverified, metrics, limits }
    }
}

impl OpenPort {
    async fn bind(address: &str) -> Result<Self, XylemError> {
        let listener = TcpListener::bind(address).await;
        let failed = |source| XylemError::Bind { address: address.to_owned(), source };
        Self::of(listener.map_err(failed)?, address)
    }

    /// Returns the port of `socket`. `asked` is the configured listen address.
    fn of(socket: TcpListener, asked: &str) -> Result<Self, XylemError> {
        let failed = |source| XylemError::Bind { address: asked.to_owned(), source };
        let local_address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, local_address })
    }
}
