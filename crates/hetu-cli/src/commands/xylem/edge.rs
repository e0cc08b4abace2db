//! The ports of a miner, and the endpoints at which callers reach them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use hetu::Xylem;
use hetu::chain::model::RawEndpoint;
use hetu::xylem::{TlsSettings, XylemBuilder, XylemError};
use tokio::net::TcpListener;

use super::bind::BindChoice;
use crate::commands::dendron::EndpointChoice;
use crate::error::CliError;

#[derive(Args, Debug)]
pub(super) struct EdgeArguments {
    /// The address and port to listen on; port 0 takes any free one.
    #[arg(long, default_value = "0.0.0.0:8091", value_name = "ADDRESS:PORT")]
    bind: BindChoice,

    /// Where callers reach the miner, which is written on chain; by default where it listens, if
    /// they can.
    #[arg(long, value_name = "HOST:PORT")]
    advertise: Option<EndpointChoice>,

    /// Be called over TLS, with the certificates in this file in PEM; they are read again when it
    /// changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Be called over TLS, with a certificate of the miner's own that is kept in this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "tls_cert")]
    tls_self_signed: Option<PathBuf>,

    /// Requests come through a proxy that replaces their field Host.
    #[arg(long)]
    behind_proxy: bool,

    /// Show metrics on an address and port of their own.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<BindChoice>,

    /// Where the metrics are reached, if that is to be written on chain.
    #[arg(long, value_name = "HOST:PORT", requires = "metrics")]
    advertise_metrics: Option<EndpointChoice>,
}

/// The open port of the services, and the endpoints for the chain.
#[derive(Debug)]
pub(super) struct OpenPorts {
    pub(super) endpoint: RawEndpoint,
    /// Endpoint of the metrics, empty if it is not published on chain.
    pub(super) metrics_endpoint: RawEndpoint,
    listener: TcpListener,
    tls: Option<TlsSettings>,
    metrics: Option<SocketAddr>,
    is_behind_proxy: bool,
}

impl EdgeArguments {
    /// Opens the port, and determines the endpoints, which are checked for the network.
    pub(super) async fn open(self, allows_private: bool) -> Result<OpenPorts, CliError> {
        let BindChoice(bind) = self.bind;
        let listener = TcpListener::bind(bind)
            .await
            .map_err(|source| XylemError::Bind { address: bind.to_string(), source })?;
        let tls = tls(self.tls_cert, self.tls_key, self.tls_self_signed);
        let is_secure = tls.is_some();
        let endpoint = match self.advertise {
            Some(choice) => over(is_secure, choice.checked(allows_private)?),
            None => Xylem::reachable_at(listener.local_addr()?, allows_private, is_secure).ok_or(
                CliError::Usage("say where callers reach the miner: --advertise HOST:PORT"),
            )?,
        };
        let metrics_endpoint =
            self.advertise_metrics.map(|choice| choice.checked(allows_private)).transpose()?;
        Ok(OpenPorts {
            endpoint,
            metrics_endpoint: metrics_endpoint.unwrap_or_default(),
            listener,
            tls,
            metrics: self.metrics.map(|BindChoice(address)| address),
            is_behind_proxy: self.behind_proxy,
        })
    }
}

impl OpenPorts {
    /// Configures `miner` to serve at this port and to advertise these endpoints.
    pub(super) fn apply_to(self, miner: XylemBuilder) -> XylemBuilder {
        let RawEndpoint { host, port } = self.endpoint;
        let mut miner = miner.listener(self.listener).advertise(host, port_of(port));
        if let Some(settings) = self.tls {
            miner = miner.tls(settings);
        }
        if let Some(address) = self.metrics {
            miner = miner.metrics(address.to_string());
        }
        if !self.metrics_endpoint.is_empty() {
            let RawEndpoint { host, port } = self.metrics_endpoint;
            miner = miner.advertise_metrics(host, port_of(port));
        }
        if self.is_behind_proxy {
            miner = miner.behind_proxy();
        }
        miner
    }
}

fn port_of(port: u32) -> u16 {
    u16::try_from(port).unwrap_or_default()
}

fn tls(
    certificates: Option<PathBuf>,
    key: Option<PathBuf>,
    self_signed: Option<PathBuf>,
) -> Option<TlsSettings> {
    match (certificates, key) {
        (Some(certificates), Some(key)) => Some(TlsSettings::files(certificates, key)),
        _ => self_signed.map(TlsSettings::self_signed),
    }
}

/// Returns the endpoint for callers. An address without a scheme means plain HTTP.
fn over(is_secure: bool, mut endpoint: RawEndpoint) -> RawEndpoint {
    if is_secure && !endpoint.host.contains("://") {
        endpoint.host = format!("https://{}", endpoint.host);
    }
    endpoint
}
