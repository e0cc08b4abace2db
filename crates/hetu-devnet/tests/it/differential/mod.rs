//! A comparison of the development chain with anvil, an independent implementation: both receive
//! the same requests, and their answers are compared field by field.

mod anvil;
mod compare;
mod differences;
mod kit;
mod peer;
mod run;
mod scenarios;
mod script;

use std::collections::BTreeSet;

use futures_util::StreamExt;

use differences::{Known, known};
use run::Report;

const MNEMONIC: &str = "test test test test test test test test test test test junk";
const CHAIN_ID: u64 = 31_337;
const BLOCK_GAS_LIMIT: u64 = 30_000_000;
/// The HETU of each account in the first block.
const BALANCE: u64 = 1_000_000;
/// The base fee of the genesis block, in wei.
const BASE_FEE: u64 = 1_000_000_000;
/// The base fee of the next block. Anvil gives its genesis block the same.
const FIRST_BASE_FEE: u64 = 875_000_000;
/// The number of scenarios that run at the same time.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_answers_as_anvil_does_but_for_the_listed_differences() {
    let scenarios: Vec<_> = scenarios::all();
    let names: BTreeSet<_> = scenarios.iter().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), scenarios.len(), "each scenario has its own name");

    let runs = scenarios.into_iter().map(run::run);
    let reports: Vec<Report> = futures_util::stream::iter(runs).buffered(AT_ONCE).collect().await;
    let complaints = complaints(&reports, &known());
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// Formats the unexpected differences, one a line.
fn complaints(reports: &[Report], known: &[Known]) -> String {
    let mut complaints = String::new();
    let observations = || reports.iter().flat_map(|report| &report.observations);
    for fault in reports.iter().flat_map(|report| &report.faults) {
        complaints.push_str(&format!("{fault}\n"));
    }
    for observation in observations() {
        if !known.iter().any(|listed| listed.covers(observation)) {
            complaints.push_str(&format!("not listed: {observation}\n"));
        }
    }
    for listed in known {
        if !observations().any(|observation| listed.covers(observation)) {
            complaints.push_str(&format!("listed, but no longer so: {listed:?}\n"));
        }
    }
    complaints
}
