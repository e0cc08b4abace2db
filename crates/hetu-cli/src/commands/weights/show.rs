//! `hetu weights show`.

use clap::Args;
use hetu::chain::model::{Weight, WeightRow};
use hetu::{Address, NetUid};
use serde::Serialize;

use crate::account::AccountChoice;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct WeightsShowArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// The weights of this validator alone: an address, or the name of a wallet.
    validator: Option<AccountChoice>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct WeightsShown {
    block: u64,
    netuid: NetUid,
    /// Rows of validators. Those without weights are omitted, unless requested.
    rows: Vec<ShownRow>,
}

#[derive(Serialize)]
struct ShownRow {
    validator: Address,
    /// Block of the last change. Unknown on networks with only the published contracts.
    last_set: Option<u64>,
    weights: Vec<Weight>,
}

impl From<WeightRow> for ShownRow {
    fn from(row: WeightRow) -> Self {
        Self { validator: row.validator, last_set: row.last_set, weights: row.weights }
    }
}

pub(super) async fn run(
    WeightsShowArguments { netuid, validator, read }: WeightsShowArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let validator = validator.map(|choice| context.address_of(&choice)).transpose()?;
    let (hetu, block) = context.reader(&read).await?;
    // An unknown subnet is an error, not an empty result.
    hetu.subnets().info(netuid).await?;
    let mut rows = hetu.weights().rows(netuid).await?;
    match validator {
        Some(validator) => rows.retain(|row| row.validator == validator),
        None => rows.retain(|row| !row.weights.is_empty()),
    }
    let mut rows: Vec<_> = rows.into_iter().map(ShownRow::from).collect();
    if let (Some(validator), true) = (validator, rows.is_empty()) {
        rows.push(ShownRow { validator, last_set: None, weights: Vec::new() });
    }
    output.result(&WeightsShown { block: block.id.number, netuid, rows }, text);
    Ok(())
}

fn text(shown: &WeightsShown) -> String {
    let rows = shown.rows.iter().flat_map(|row| {
        row.weights.iter().map(|weight| {
            [row.validator.to_string(), weight.dendron.to_string(), weight.weight.to_string()]
        })
    });
    let table = table(["validator", "dendron", "weight"], rows);
    format!("weights of subnet {} at block {}\n{table}", shown.netuid, shown.block)
}
