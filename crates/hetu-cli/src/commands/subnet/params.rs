//! `hetu subnet params`.

use clap::Args;
use hetu::NetUid;
use serde::Serialize;

use super::rules::Rules;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct ParamsArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct Params {
    block: u64,
    netuid: NetUid,
    hyperparameters: Rules,
}

pub(super) async fn run(
    ParamsArguments { netuid, read }: ParamsArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let hyperparameters = (&hetu.subnets().hyperparameters(netuid).await?).into();
    let params = Params { block: block.id.number, netuid, hyperparameters };
    output.result(&params, |params| {
        let rules = facts(params.hyperparameters.rows());
        format!("subnet {} at block {}\n{rules}", params.netuid, params.block)
    });
    Ok(())
}
