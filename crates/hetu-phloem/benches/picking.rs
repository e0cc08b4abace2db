//! Prints the time to pick a miner among 1,024 and to record the call outcome, by one thread and by
//! two at once. Each figure is followed by its target.
//!
//! Run with `cargo bench -p hetu-phloem --features testkit --bench picking`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "this is what it is for")]

use std::hint::black_box;
use std::time::Duration;

use hetu_cambium::Service;
use hetu_phloem::testkit::{Conduct, FakeMiner, FakeSubnet};
use hetu_phloem::{
    BroadcastOptions, Fastest, RoundRobin, RouteOptions, Router, StakeWeighted, Sticky,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

const MINERS: u64 = 1_024;
const PICKS: usize = 20_000;
const ROUNDS: usize = 15;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Echo(u64);

impl Service for Echo {
    const NAME: &'static str = "Echo";
    type Request = Self;
    type Reply = u64;
}

#[tokio::main]
async fn main() {
    let router = warm(0).await;
    let options = RouteOptions::default;
    picks("blended", "500 ns", &router, &options());
    let both = each(&router, |router| {
        drop(router.pick(&options()).unwrap());
    });
    show("  a pick and learning that nobody waited for it", both, "-");
    picks("by stake", "-", &router, &options().strategy(StakeWeighted));
    picks("in turn", "-", &router, &options().strategy(RoundRobin::default()));
    picks("the fastest of all", "-", &router, &options().strategy(Fastest));
    picks("by key", "-", &router, &options().strategy(Sticky).key("a customer"));
    picks("blended, a third of the miners down", "500 ns", &warm(3).await, &options());
    at_once(&router);
}

/// Returns a router that knows the latency of each miner. Every `down`th miner is unreachable.
async fn warm(down: u64) -> Router {
    let miners = (0..MINERS).map(|number| {
        let least = Duration::from_millis(1 + number % 17);
        let miner = FakeMiner::<Echo>::answering(|request| request.0);
        let miner = miner.latency(least, least * 2).stake(100 + number * 7 % 901);
        let is_down = down > 0 && number % down == 0;
        let conduct = if is_down { Conduct::FailsFast } else { Conduct::Answers };
        miner.from(Duration::ZERO, conduct)
    });
    let subnet = FakeSubnet::new(1, miners);
    let (router, call) = (subnet.router(), subnet.call(Echo(1)));
    for _ in 0..6 {
        router.broadcast(&call, &subnet.targets(), &BroadcastOptions::default()).await;
    }
    router
}

/// Measures picks alone: they are given back after the time is taken.
fn picks(what: &str, hoped: &str, router: &Router, options: &RouteOptions) {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut picked = Vec::with_capacity(PICKS / 10);
        let begun = Instant::now();
        for _ in 0..PICKS / 10 {
            picked.push(black_box(router.pick(options).unwrap()));
        }
        times.push(begun.elapsed() * 10);
        drop(picked);
    }
    show(&format!("a pick among {MINERS}, {what}"), times, hoped);
}

fn each(router: &Router, mut work: impl FnMut(&Router)) -> Vec<Duration> {
    let round = |_| {
        let begun = Instant::now();
        (0..PICKS).for_each(|_| work(router));
        begun.elapsed()
    };
    (0..ROUNDS).map(round).collect()
}

/// Measures two threads that pick from one router. Twice the time would mean that they wait for
/// each other.
fn at_once(router: &Router) {
    let options = RouteOptions::default();
    let pick = |router: &Router| drop(black_box(router.pick(&options).unwrap()));
    let alone = middle(each(router, pick));
    let together = std::thread::scope(|scope| {
        let other = scope.spawn(|| each(router, pick));
        let own = middle(each(router, pick));
        own.max(middle(other.join().unwrap()))
    });
    let ratio = together.as_secs_f64() / alone.as_secs_f64();
    println!("{:<52} {ratio:>9.2} x    (under 1.6 on two idle cores)", "two threads at once");
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn show(what: &str, times: Vec<Duration>, hoped: &str) {
    let nanoseconds = middle(times).as_secs_f64() * 1e9 / PICKS as f64;
    println!("{what:<52} {nanoseconds:>9.1} ns   (under {hoped})");
}
