//! Benchmarks of a miner and a validator compared with a bare HTTP server and client, in one run.
//!
//! The server is a process on one processor, the client another on a second one, and a third
//! process, which is idle meanwhile, is the chain. Peers take turns, round after round. The result
//! is the median of the ratios of the rounds, because the speed of a machine drifts.
//!
//! Run it by `scripts/bench`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a program that measures, and stops where something is not as it should be"
)]

mod ask;
mod child;
mod crypto;
mod echo;
mod exchange;
mod fan_out;
mod floor;
mod network;
mod processor;
mod report;
mod serve;

use std::path::PathBuf;

use crate::child::{ClientKind, ServerKind};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match named.as_slice() {
        ["serve", kind] => on_one_thread(serve::run(ServerKind::named(kind))),
        ["ask", kind] => on_one_thread(ask::run(ClientKind::named(kind))),
        _ => measure(&named),
    }
}

/// Runs on a single thread, because the process has a single processor.
fn on_one_thread(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, work);
}

fn measure(arguments: &[&str]) {
    let is_short = arguments.contains(&"--short");
    let value = |name| {
        let place = arguments.iter().position(|argument| *argument == name)?;
        arguments.get(place + 1).map(PathBuf::from)
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let figures = runtime.block_on(async {
        let network = network::Network::open().await;
        let crypto = crypto::measure();
        let exchanges = exchange::measure(&network, is_short).await;
        let fan_out = fan_out::measure(&network, is_short).await;
        report::Figures { crypto, exchanges, fan_out }
    });
    let text = figures.to_markdown();
    println!("{text}");
    if let Some(path) = value("--markdown") {
        std::fs::write(path, &text).unwrap();
    }
    if let Some(path) = value("--json") {
        std::fs::write(path, serde_json::to_vec_pretty(&figures).unwrap()).unwrap();
    }
}
