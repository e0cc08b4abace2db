//! `hetu phloem discover`.

use clap::Args;
use hetu::phloem::Target;
use hetu::{Address, Metastruct, NetUid};
use serde::Serialize;

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Args, Debug)]
pub(crate) struct DiscoverArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// Only so many, those with the most stake.
    #[arg(long, value_name = "NUMBER")]
    top: Option<usize>,
}

#[derive(Serialize)]
struct Discovered {
    netuid: NetUid,
    block: u64,
    miners: Vec<DiscoveredMiner>,
    /// Number of registered miners that cannot be asked: inactive ones, or those without an
    /// endpoint.
    left_out: usize,
}

#[derive(Serialize)]
struct DiscoveredMiner {
    address: Address,
    url: String,
    stake: Decimal,
}

pub(super) async fn run(
    DiscoverArguments { netuid, top }: DiscoverArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let metastruct = Metastruct::builder(context.connect().await?, netuid).start().await?;
    let view = metastruct.view();
    let targets: Vec<_> = view.miners().iter().filter_map(|miner| Target::of(miner)).collect();
    let left_out = view.miners().len() - targets.len();
    let miner = |target: Target| DiscoveredMiner {
        address: target.address,
        url: target.endpoint.to_string(),
        stake: target.stake.into(),
    };
    let miners = targets.into_iter().take(top.unwrap_or(usize::MAX)).map(miner).collect();
    let block = view.block.id.number;
    output.result(&Discovered { netuid, block, miners, left_out }, text);
    Ok(())
}

fn text(found: &Discovered) -> String {
    let rows = found
        .miners
        .iter()
        .map(|miner| [miner.address.to_string(), miner.url.clone(), miner.stake.to_string()]);
    let table = table(["miner", "serves at", "stake"], rows);
    let left_out = match found.left_out {
        0 => String::new(),
        count => format!("\n{count} others cannot be asked: see hetu metastruct show"),
    };
    format!("miners of subnet {} at block {}\n{table}{left_out}", found.netuid, found.block)
}
