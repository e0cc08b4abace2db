//! The port of the services as it is opened.

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
    /// TLS handshakes at the same time: each costs some hundred microseconds of computing, and a
    /// peer that begins some and does not go on is not to be in the way of others.
    pub(crate) handshakes: Arc<NetworkQuota>,
    pub(crate) unverified: UnverifiedBudget,
    pub(crate) metrics: ConnectionMetrics,
    pub(crate) limits: ServerLimits,
}
