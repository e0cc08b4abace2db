//! `hetu metastruct show`.

use clap::Args;
use hetu::{Metastruct, NetUid};

use super::row::{SubnetViewReport, members_table};
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};

#[derive(Args, Debug)]
pub(crate) struct MetastructShowArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// Only so many of each role, those with the most stake.
    #[arg(long, value_name = "NUMBER")]
    top: Option<usize>,
}

pub(super) async fn run(
    MetastructShowArguments { netuid, top }: MetastructShowArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let mut picture = read(netuid, context).await?;
    if let Some(top) = top {
        let dendrons = std::mem::take(&mut picture.dendrons);
        let (mut miners, mut validators): (Vec<_>, Vec<_>) =
            dendrons.into_iter().partition(|row| row.role == hetu::chain::model::Role::Miner);
        miners.truncate(top);
        validators.truncate(top);
        picture.dendrons = miners.into_iter().chain(validators).collect();
    }
    output.result(&picture, text);
    Ok(())
}

/// Returns the current view of the subnet.
pub(super) async fn read(netuid: NetUid, context: &Context) -> Result<SubnetViewReport, CliError> {
    let metastruct = Metastruct::builder(context.connect().await?, netuid).start().await?;
    Ok(SubnetViewReport::of(&metastruct.view()))
}

pub(super) fn text(picture: &SubnetViewReport) -> String {
    let epoch = picture.epoch;
    let rows = [
        ("block", picture.block.to_string()),
        ("epoch ends", format!("at block {}, in {}", epoch.next_end, epoch.blocks_left)),
        ("total stake", format!("{} HETU", picture.total_stake)),
        ("miners", picture.miners.to_string()),
        ("validators", picture.validators.to_string()),
    ];
    // Names are untrusted input.
    let name = picture.name.escape_debug();
    format!(
        "subnet {} ({name})\n{}\n{}",
        picture.netuid,
        facts(rows),
        members_table(&picture.dendrons)
    )
}
