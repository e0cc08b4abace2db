//! `hetu weights set`.

use clap::Args;
use hetu::NetUid;
use hetu::chain::model::Weight;
use serde::Serialize;

use super::row::RowArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteCommand, Writer};

#[derive(Args, Debug)]
pub(crate) struct SetArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    row: RowArguments,
    /// The version of the subnet's rules by which was judged, if the subnet asks for one.
    #[arg(long, value_name = "NUMBER")]
    version_key: Option<u64>,
}

#[derive(Serialize)]
struct WeightsSet {
    netuid: NetUid,
    weights: Vec<Weight>,
}

pub(super) async fn run(
    command: WriteCommand<SetArguments>,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let row = command.change.row.row(context)?;
    command.run(context, output, async |change, writer| set(change, row, writer).await).await
}

async fn set(
    SetArguments { netuid, version_key, .. }: SetArguments,
    row: Vec<Weight>,
    writer: &Writer<'_>,
) -> Result<(), CliError> {
    writer.check_subnet(netuid).await?;
    writer
        .make(
            format!("set the weights of {} dendrons of subnet {netuid}", row.len()),
            async |hetu| {
                let weights = hetu.weights();
                Ok(match version_key {
                    Some(key) => weights.set_with_version(netuid, &row, key),
                    None => weights.set(netuid, &row),
                })
            },
            |_| WeightsSet { netuid, weights: row.clone() },
        )
        .await
}
