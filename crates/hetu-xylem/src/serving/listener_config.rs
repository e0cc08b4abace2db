//! The configuration of the port of the services.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::quota::NetworkQuota;
use super::unverified::UnverifiedBudget;
use crate::limits::ServerLimits;
use crate::metrics::ConnectionMetrics;
use crate::tls::TlsAcceptance;

/// The port of the services, with the bounds on its connections.
#[derive(Debug)]
pub(crate) struct ListenerConfig {
    pub(crate) socket: TcpListener,
    pub(crate) local_address: SocketAddr,
    pub(crate) tls: Option<TlsAcceptance>,
    /// The bound on simultaneous TLS handshakes. A handshake costs several hundred microseconds of
    /// CPU time, and a peer that leaves handshakes unfinished must not block other peers.
    pub(crate) handshakes: Arc<NetworkQuota>,
    pub(crate) unverified: UnverifiedBudget,
    pub(crate) metrics: ConnectionMetrics,
    pub(crate) limits: ServerLimits,
}
