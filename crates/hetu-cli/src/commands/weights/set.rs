//! `hetu weights set`.

use clap::Args;
use hetu::NetUid;
use hetu::chain::model::Weight;
use serde::Serialize;

use super::row::RowArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::{WriteArguments, Writer};

#[derive(Args, Debug)]
pub(crate) struct SetArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    row: RowArguments,
    /// The version of the subnet's rules by which was judged, if the subnet asks for one.
    #[arg(long, value_name = "NUMBER")]
    version_key: Option<u64>,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Serialize)]
struct WeightsSet {
    netuid: NetUid,
    weights: Vec<Weight>,
}

pub(super) async fn run(
    SetArguments { netuid, row, version_key, write }: SetArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let row = row.row(context)?;
    let writer = Writer::open(&write, context, output).await?;
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
