//! `hetu xylem serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use hetu::cambium::Access;
use hetu::chain::model::RawEndpoint;
use hetu::xylem::{Policy, RunningXylem, ServerLimits, TlsSettings, XylemError};
use hetu::{Amount, Hetutensor, NetUid, Xylem};
use serde::Serialize;
use tokio::net::TcpListener;

use super::bind::BindChoice;
use super::membership::{Change, Membership, Place};
use super::work::{Work, WorkArguments};
use crate::commands::dendron::EndpointChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::input::{SMALL, malformed, text_of};
use crate::logging::LogFormat;
use crate::output::Output;
use crate::stop_signal::StopSignal;
use crate::writing::{UnattendedArguments, WriteArguments, Writer};

#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    /// The number of the subnet.
    netuid: NetUid,

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

    /// What is allocated to the subnet where the wallet does not take part yet, in HETU; by
    /// default the least that the subnet asks for.
    #[arg(long, value_name = "HETU")]
    stake: Option<Amount>,

    /// The most to pay for the registration, in HETU; by default what it costs when the command
    /// starts.
    #[arg(long, value_name = "HETU")]
    max_cost: Option<Amount>,

    /// How long a call may take, in seconds; callers who wait less shorten it.
    #[arg(long, default_value_t = 60, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    call_timeout: u64,

    /// How long calls under way may go on after the signal to stop, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    drain_timeout: u64,

    /// Whom to serve, and how much at a time, in TOML; read again whenever the file changes.
    /// Without it, the active validators of the subnet are served.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Serve unsigned callers too, and signers without the role: in JSON, last, and at a low rate.
    #[arg(long)]
    open: bool,

    /// Serve callers too who sign by the revision of ERC-8128 before the newest.
    #[arg(long)]
    earlier_erc8128: bool,

    /// How the log is written, on standard error.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,

    #[command(flatten)]
    work: WorkArguments,

    #[command(flatten)]
    write: WriteArguments,

    #[command(flatten)]
    unattended: UnattendedArguments,
}

/// A miner that serves.
#[derive(Serialize)]
struct Serving {
    netuid: NetUid,
    service: String,
    endpoint: RawEndpoint,
    /// What had to be done on chain.
    membership: Change,
    listening: SocketAddr,
    metrics: Option<SocketAddr>,
}

/// How requests are served, apart from what is done with them.
struct Manner {
    listener: TcpListener,
    metrics: Option<SocketAddr>,
    tls: Option<TlsSettings>,
    is_behind_proxy: bool,
    takes_earlier_erc8128: bool,
    policy: Option<PathBuf>,
    is_open: bool,
    limits: ServerLimits,
}

impl ServeArguments {
    pub(super) const fn log_format(&self) -> LogFormat {
        self.log_format
    }
}

pub(super) async fn run(
    arguments: ServeArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let BindChoice(bind) = arguments.bind;
    let listener = TcpListener::bind(bind)
        .await
        .map_err(|source| XylemError::Bind { address: bind.to_string(), source })?;
    let allows_private = context.network()?.allows_private_addresses;
    let tls = tls(arguments.tls_cert, arguments.tls_key, arguments.tls_self_signed);
    let is_secure = tls.is_some();
    let endpoint = match arguments.advertise {
        Some(choice) => over(is_secure, choice.checked(allows_private)?),
        None => Xylem::reachable_at(listener.local_addr()?, allows_private, is_secure)
            .ok_or(CliError::Usage("say where callers reach the miner: --advertise HOST:PORT"))?,
    };
    let metrics_endpoint =
        arguments.advertise_metrics.map(|choice| choice.checked(allows_private)).transpose()?;
    let place = Place {
        netuid: arguments.netuid,
        stake: arguments.stake,
        max_cost: arguments.max_cost,
        endpoint,
        metrics_endpoint: metrics_endpoint.unwrap_or_default(),
    };
    if let Some(path) = &arguments.policy {
        Policy::from_toml(&text_of(path, SMALL)?).map_err(|error| malformed(path, error))?;
    }
    let call_timeout = Duration::from_secs(arguments.call_timeout);
    let manner = Manner {
        listener,
        metrics: arguments.metrics.map(|BindChoice(address)| address),
        tls,
        is_behind_proxy: arguments.behind_proxy,
        takes_earlier_erc8128: arguments.earlier_erc8128,
        policy: arguments.policy,
        is_open: arguments.open,
        limits: ServerLimits::default()
            .with_call_timeout(call_timeout)
            .with_drain_timeout(Duration::from_secs(arguments.drain_timeout)),
    };

    let writer = Writer::open(&arguments.write, context, output).await?;
    // Before anybody is asked for money, so that a program that does not run costs none.
    let work = arguments.work.begin(call_timeout)?;
    let membership = Membership::of(&writer, &place).await?;
    let plan = membership.plan(&writer, &place).await?;
    let Some((hetu, mut sending)) = writer.agree(&plan).await? else {
        return Ok(());
    };
    work.check()?;
    let change = membership.settle(&hetu, &place, &mut sending).await?;
    let signer = Arc::clone(hetu.signer()?);
    // The journal, which one process has at a time, is free for other commands from here on.
    drop(hetu);
    let hetu = writer.hetu().clone().with_signer(signer);
    let hetu = arguments.unattended.bound(hetu, context).await?;

    let mut stop_signal = StopSignal::listen()?;
    let running = serve(hetu, &place, manner, &work).await?;
    sending.announce(Serving {
        netuid: place.netuid,
        service: work.name().to_owned(),
        endpoint: place.endpoint,
        membership: change,
        listening: running.local_addr(),
        metrics: running.metrics_addr(),
    });
    stop_signal.wait().await?;
    output.note("stopping, once the calls under way are answered; a second signal ends them too");
    tokio::select! {
        () = async { running.stop().await; work.end().await } => Ok(()),
        again = stop_signal.wait() => again,
    }
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

/// The endpoint as callers are told of it: an address without a scheme is one of plain HTTP.
fn over(is_secure: bool, mut endpoint: RawEndpoint) -> RawEndpoint {
    if is_secure && !endpoint.host.contains("://") {
        endpoint.host = format!("https://{}", endpoint.host);
    }
    endpoint
}

async fn serve(
    hetu: Hetutensor,
    place: &Place,
    manner: Manner,
    work: &Work,
) -> Result<RunningXylem, CliError> {
    let RawEndpoint { host, port } = &place.endpoint;
    let port_of = |port: u32| u16::try_from(port).unwrap_or_default();
    let mut miner = Xylem::builder(hetu)
        .netuid(place.netuid)
        .listener(manner.listener)
        .advertise(host, port_of(*port))
        .limits(manner.limits);
    if let Some(settings) = manner.tls {
        miner = miner.tls(settings);
    }
    if let Some(address) = manner.metrics {
        miner = miner.metrics(address.to_string());
    }
    if !place.metrics_endpoint.is_empty() {
        let RawEndpoint { host, port } = &place.metrics_endpoint;
        miner = miner.advertise_metrics(host, port_of(*port));
    }
    if manner.is_behind_proxy {
        miner = miner.behind_proxy();
    }
    if manner.takes_earlier_erc8128 {
        miner = miner.earlier_erc8128();
    }
    if let Some(path) = manner.policy {
        miner = miner.policy_file(path);
    }
    miner = work.attach_to(miner);
    if manner.is_open {
        miner = miner.access(work.name(), Access::Open);
    }
    Ok(miner.start().await?)
}
