//! Prints the time to read, look up, rank and load a subnet of 4,096 miners, on the embedded chain
//! and, if it is installed, on anvil. Each figure is followed by its target.
//!
//! Run with `cargo bench -p hetu-metastruct`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "this is what it is for")]

#[path = "../tests/it/crowd.rs"]
mod crowd;

use std::hint::black_box;
use std::time::Duration;

use hetu_chain::model::{HyperparameterChanges, NewSubnet, Role};
use hetu_chain::{Address, Amount, Hetutensor, NetUid};
use hetu_devnet::{Devnet, Population};
use hetu_metastruct::{Metastruct, PeerOutcome, RankBy};
use tokio::time::Instant;

const MINERS: u16 = 4_096;
const ROUNDS: usize = 21;
const LOOKUPS: u32 = 2_000_000;
const TOPS: u32 = 200_000;

#[tokio::main]
async fn main() {
    let devnet = Devnet::builder().balance(Amount::from_hetu(10_000_000)).start().await.unwrap();
    let netuid = populated(&devnet).await;
    let hetu = devnet.connect_as(9).await.unwrap();
    cold_syncs("the embedded chain", &hetu, netuid).await;

    let folder = tempfile::tempdir().unwrap();
    let metastruct =
        Metastruct::builder(hetu.clone(), netuid).snapshots(folder.path()).start().await.unwrap();
    observe(&metastruct);
    lookups(&metastruct);
    ranks(&metastruct);
    let path = metastruct.save().await.unwrap();
    println!("the snapshot has {} bytes", std::fs::metadata(path).unwrap().len());
    drop(metastruct);
    loads(&hetu, netuid, folder.path()).await;

    if std::env::var_os("HETU_ANVIL").is_some() {
        let crowded = crowd::crowded_anvil(MINERS).await;
        let hetu = Hetutensor::connect(crowded.network.clone()).await.unwrap();
        cold_syncs("anvil", &hetu, crowded.netuid).await;
        drop(crowded.anvil);
    } else {
        println!("HETU_ANVIL names no anvil, so nothing was read from it");
    }
}

async fn populated(devnet: &Devnet) -> NetUid {
    let owner = devnet.connect_as(0).await.unwrap();
    let subnet = NewSubnet {
        name: "Sums".into(),
        description: "Adds numbers".into(),
        token_name: "Sum".into(),
        token_symbol: "SUM".into(),
    };
    let rules =
        HyperparameterChanges { max_registrations_per_block: Some(10), ..Default::default() };
    let price = owner.subnets().lock_cost().await.unwrap();
    let registered = owner.subnets().register_with(&subnet, &rules, price).await.unwrap();
    owner.subnets().activate(registered.netuid).await.unwrap();
    let rules = owner.subnets().hyperparameters(registered.netuid).await.unwrap();
    let crowd = Population {
        netuid: registered.netuid,
        miners: MINERS,
        stake: rules.dendron_threshold,
        cost: rules.base_dendron_cost,
        per_block: 10,
    };
    devnet.populate(1, crowd).await.unwrap();
    registered.netuid
}

async fn cold_syncs(node: &str, hetu: &Hetutensor, netuid: NetUid) {
    let used_before = processor_time();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let metastruct = Metastruct::builder(hetu.clone(), netuid).start().await.unwrap();
        times.push(begun.elapsed());
        assert_eq!(metastruct.view().len(), usize::from(MINERS));
    }
    show(&format!("cold sync of 4,096 dendrons from {node}"), times, "120 ms");
    if let (Some(before), Some(after)) = (used_before, processor_time()) {
        let each = (after - before) / u32::try_from(ROUNDS).unwrap();
        println!("{:<52} {each:>9.2?} mean", "  processor time of this process");
    }
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        black_box(hetu.subnets().snapshot(netuid).await.unwrap());
        times.push(begun.elapsed());
    }
    show("  of which the node and the calls", times, "-");
}

async fn loads(hetu: &Hetutensor, netuid: NetUid, folder: &std::path::Path) {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let builder = Metastruct::builder(hetu.clone(), netuid).snapshots(folder);
        let begun = Instant::now();
        let metastruct = builder.start().await.unwrap();
        times.push(begun.elapsed());
        assert!(metastruct.fresh_view().is_err(), "it was loaded and not read");
        assert_eq!(metastruct.view().len(), usize::from(MINERS));
    }
    show("start from a snapshot of 4,096 dendrons", times, "a few ms");
}

fn observe(metastruct: &Metastruct) {
    let view = metastruct.view();
    for (place, member) in view.miners().iter().enumerate() {
        let latency = Duration::from_micros(500 + u64::try_from(place % 997).unwrap() * 100);
        metastruct.qualities().observe(member.address(), PeerOutcome::Verified { latency });
    }
}

fn lookups(metastruct: &Metastruct) {
    let view = metastruct.view();
    let addresses: Vec<Address> = view.miners().iter().map(|member| member.address()).collect();
    let endpoints: Vec<_> =
        view.miners().iter().map(|member| member.endpoint.clone().unwrap()).collect();
    let of = |place: u32| place.wrapping_mul(2_654_435_761) as usize % addresses.len();
    each("a lookup by address in a view", LOOKUPS, "50 ns", |place| {
        black_box(view.get(addresses[of(place)]));
    });
    each("the same, in the newest fresh view", LOOKUPS, "50 ns for the lookup", |place| {
        black_box(metastruct.fresh_view().unwrap().get(addresses[of(place)]));
    });
    each("a lookup by endpoint", LOOKUPS, "-", |place| {
        black_box(view.at_endpoint(&endpoints[of(place)]));
    });
    let handle = metastruct.qualities().handle(addresses[0]).unwrap();
    each("an observation through a handle", LOOKUPS, "-", |_| {
        handle.observe(PeerOutcome::Verified { latency: Duration::from_micros(700) });
    });
    each("an observation", LOOKUPS, "-", |place| {
        let latency = Duration::from_micros(700);
        metastruct.qualities().observe(addresses[of(place)], PeerOutcome::Verified { latency });
    });
}

fn ranks(metastruct: &Metastruct) {
    for (by, name) in
        [(RankBy::Stake, "stake"), (RankBy::Reputation, "reputation"), (RankBy::Score, "score")]
    {
        each(&format!("top 64 by {name}, every one looked at"), TOPS, "1 us", |_| {
            let ranking = metastruct.ranking();
            for ranked in ranking.top(Role::Miner, by, 64) {
                black_box(ranked.member.address());
            }
        });
    }
    let times = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        black_box(metastruct.rank_now());
        begun.elapsed()
    });
    show("ranking 4,096 dendrons anew", times.collect(), "-");
}

fn each(what: &str, count: u32, hoped: &str, mut work: impl FnMut(u32)) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        (0..count).for_each(&mut work);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let nanoseconds = times[times.len() / 2].as_secs_f64() * 1e9 / f64::from(count);
    println!("{what:<52} {nanoseconds:>9.1} ns   (under {hoped})");
}

fn show(what: &str, mut times: Vec<Duration>, hoped: &str) {
    times.sort_unstable();
    let (least, middle) = (times[0], times[times.len() / 2]);
    println!("{what:<52} {middle:>9.2?} median, {least:.2?} least   (under {hoped})");
}

/// Returns the processor time of this process on all processors, which depends little on other
/// load.
fn processor_time() -> Option<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may contain any character, but ends with a parenthesis.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u32 = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some(TICK * ticks)
}
