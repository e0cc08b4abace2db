//! Final report of the demo.

use hetu::phloem::Target;
use hetu::{Address, Hetutensor, NetUid};
use serde::Serialize;

use super::judge::DemoScores;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::table;

#[derive(Debug, Serialize)]
pub(super) struct DemoReport {
    chain_id: u64,
    netuid: u16,
    pub(super) block: u64,
    validator: Address,
    miners: Vec<MinerReport>,
    /// `true` if the chain holds exactly the weights that were set.
    pub(super) weights_on_chain: bool,
}

#[derive(Debug, Serialize)]
struct MinerReport {
    address: Address,
    endpoint: String,
    /// Stake in HETU.
    stake: Decimal,
    status: &'static str,
    correct: u32,
    wrong: u32,
    failed: u32,
    latency_ms: Option<f64>,
    /// Weight on chain.
    weight: u128,
}

impl DemoReport {
    /// Reads the weights of `hetu`'s wallet back from the chain.
    pub(super) async fn read(
        hetu: &Hetutensor,
        netuid: NetUid,
        targets: &[Target],
        scores: &DemoScores,
    ) -> Result<Self, CliError> {
        let validator = hetu.address()?;
        let addresses: Vec<_> = targets.iter().map(|target| target.address).collect();
        let on_chain = hetu.weights().get(netuid, validator, &addresses).await?;
        let set = scores.weights();
        let weight_of =
            |miner| set.iter().find(|entry| entry.dendron == miner).map_or(0, |entry| entry.weight);
        Ok(Self {
            chain_id: hetu.network().chain_id.get(),
            netuid: netuid.get(),
            block: hetu.block().await?.id.number,
            validator,
            weights_on_chain: addresses.iter().map(|&miner| weight_of(miner)).eq(on_chain.clone()),
            miners: targets
                .iter()
                .zip(on_chain)
                .map(|(target, weight)| MinerReport::new(target, scores, weight))
                .collect(),
        })
    }
}

impl MinerReport {
    fn new(target: &Target, scores: &DemoScores, weight: u128) -> Self {
        let score = scores.of(target.address);
        Self {
            address: target.address,
            endpoint: target.endpoint.to_string(),
            stake: target.stake.into(),
            status: score.status(),
            correct: score.correct,
            wrong: score.wrong,
            failed: score.failed,
            latency_ms: score.latency().map(|latency| latency.as_secs_f64() * 1e3),
            weight,
        }
    }
}

pub(super) fn table_of(report: &DemoReport) -> String {
    let rows = report.miners.iter().map(|miner| {
        [
            miner.address.to_string(),
            miner.endpoint.clone(),
            miner.stake.to_string(),
            miner.status.to_owned(),
            miner.latency_ms.map_or_else(|| "-".to_owned(), |latency| format!("{latency:.2} ms")),
            format!("{}/{}", miner.correct, miner.wrong),
            miner.failed.to_string(),
            miner.weight.to_string(),
        ]
    });
    let header =
        ["miner", "endpoint", "stake", "status", "latency", "right/wrong", "failed", "weight"];
    table(header, rows)
}
