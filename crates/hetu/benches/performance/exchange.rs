//! One server and one client: bare, by wallet and in a session, in turn.

use serde::Serialize;

use crate::child::{Client, ClientKind, Job, Sample, Server, ServerKind};
use crate::crypto::median;
use crate::network::Network;

const SIZES: [usize; 3] = [100, 1_024, 65_536];
const CONCURRENCIES: [usize; 3] = [1, 32, 256];
const SERVERS: [ServerKind; 3] = [ServerKind::Echo, ServerKind::SignedEcho, ServerKind::Xylem];
const WARMING_UP: u64 = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Peer {
    BareHttp,
    BareHttpSigned,
    Session,
    Wallet,
}

impl Peer {
    /// Each kind with the index of its server in [`SERVERS`].
    const ALL: [(Self, usize, ClientKind); 4] = [
        (Self::BareHttp, 0, ClientKind::Echo),
        (Self::BareHttpSigned, 1, ClientKind::SignedEcho),
        (Self::Session, 2, ClientKind::Session),
        (Self::Wallet, 2, ClientKind::Wallet),
    ];
}

/// The medians of the rounds of one peer with one load.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exchange {
    pub(crate) peer: Peer,
    pub(crate) bytes: usize,
    pub(crate) concurrency: usize,
    pub(crate) requests_a_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// The processor time for each request, in microseconds.
    pub(crate) server_us: f64,
    pub(crate) client_us: f64,
    pub(crate) failed: u64,
    /// The ratio to the bare server in the same round.
    pub(crate) rate_ratio: f64,
    pub(crate) p50_ratio: f64,
    pub(crate) server_ratio: f64,
}

struct Round {
    sample: Sample,
    server_us: f64,
}

impl Round {
    fn rate(&self) -> f64 {
        self.sample.answered as f64 / self.sample.seconds
    }

    fn of_each(&self, microseconds: u64) -> f64 {
        microseconds as f64 / self.sample.answered.max(1) as f64
    }
}

pub(crate) async fn measure(network: &Network, is_short: bool) -> Vec<Exchange> {
    let rpc_url = network.rpc_url();
    let (rounds, milliseconds) = if is_short { (1, 300) } else { (5, 1_000) };
    let mut servers = Vec::new();
    for kind in SERVERS {
        servers.push(Server::start(kind, &rpc_url).await);
    }
    let mut clients = Peer::ALL.map(|(_, _, kind)| Client::start(kind, &rpc_url));
    let mut exchanges = Vec::new();
    for (bytes, concurrency) in loads() {
        let mut of_peers = Peer::ALL.map(|_| Vec::new());
        for round in 0..=rounds {
            for (place, (_, server, _)) in Peer::ALL.into_iter().enumerate() {
                // The first round warms up.
                let milliseconds = if round == 0 { WARMING_UP } else { milliseconds };
                let ports = servers[server].ports.clone();
                let job = Job { ports, bytes, concurrency, milliseconds };
                let outcome = work(&mut servers[server], &mut clients[place], &job).await;
                if round > 0 {
                    of_peers[place].push(outcome);
                }
            }
        }
        for ((peer, ..), of_peer) in Peer::ALL.into_iter().zip(&of_peers) {
            exchanges.push(summary(peer, bytes, concurrency, of_peer, &of_peers[0]));
        }
        eprintln!("{bytes} bytes, {concurrency} at once: measured");
    }
    exchanges
}

fn loads() -> impl Iterator<Item = (usize, usize)> {
    SIZES.into_iter().flat_map(|bytes| CONCURRENCIES.map(|concurrency| (bytes, concurrency)))
}

async fn work(server: &mut Server, client: &mut Client, job: &Job) -> Round {
    let before = server.usage().await;
    let sample = client.work(job).await;
    let used = server.usage().await.processor_us - before.processor_us;
    Round { server_us: used as f64 / sample.answered.max(1) as f64, sample }
}

fn summary(
    peer: Peer,
    bytes: usize,
    concurrency: usize,
    rounds: &[Round],
    floor: &[Round],
) -> Exchange {
    let middle = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    let ratio = |figure: fn(&Round) -> f64| {
        let pairs = rounds.iter().zip(floor);
        median(pairs.map(|(round, floor)| figure(round) / figure(floor)).collect())
    };
    Exchange {
        peer,
        bytes,
        concurrency,
        requests_a_second: middle(Round::rate),
        p50_us: middle(|round| round.sample.p50_us),
        p99_us: middle(|round| round.sample.p99_us),
        server_us: middle(|round| round.server_us),
        client_us: middle(|round| round.of_each(round.sample.processor_us)),
        failed: rounds.iter().map(|round| round.sample.failed).sum(),
        rate_ratio: ratio(Round::rate),
        p50_ratio: ratio(|round| round.sample.p50_us),
        server_ratio: ratio(|round| round.server_us),
    }
}
