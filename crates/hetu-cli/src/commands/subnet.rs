//! `hetu subnet`: subnets and who takes part in them.

use clap::Subcommand;
use hetu::chain::{BlockRef, Dendron, Hyperparameters, Subnet};
use hetu::{Hetutensor, NetUid};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub(crate) enum SubnetCommand {
    /// Show a subnet, its hyperparameters and its dendrons, all of one block.
    Show {
        /// The number of the subnet.
        netuid: NetUid,
    },
}

#[derive(Serialize)]
struct Shown {
    block: u64,
    subnet: Subnet,
    hyperparameters: Hyperparameters,
    dendrons: Vec<Dendron>,
}

pub(crate) async fn run(
    command: SubnetCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        SubnetCommand::Show { netuid } => {
            let shown = read(&context.connect().await?, netuid).await?;
            output.result(&shown, show);
            Ok(())
        }
    }
}

async fn read(hetu: &Hetutensor, netuid: NetUid) -> Result<Shown, CliError> {
    let block = hetu.block().await?;
    let pinned = hetu.at(BlockRef::Hash(block.id.hash));
    Ok(Shown {
        block: block.id.number,
        subnet: pinned.subnets().info(netuid).await?,
        hyperparameters: pinned.subnets().hyperparameters(netuid).await?,
        dendrons: pinned.dendrons().all(netuid).await?,
    })
}

fn show(shown: &Shown) -> String {
    let Shown { block, subnet, hyperparameters, dendrons } = shown;
    let state = if subnet.is_active { "active" } else { "not active" };
    let rows = dendrons.iter().map(|dendron| {
        let active = if dendron.is_active { "yes" } else { "no" };
        [
            dendron.address.to_string(),
            dendron.role.to_string(),
            active.to_owned(),
            dendron.stake.to_string(),
            format!("{}:{}", dendron.endpoint.host, dendron.endpoint.port),
        ]
    });
    format!(
        "subnet {} {:?}, {state}, owned by {}, at block {block}\n{}\n\
         a miner stakes {} HETU, a validator {} HETU, a registration costs {} HETU\n{}",
        subnet.netuid,
        subnet.name,
        subnet.owner,
        subnet.description,
        hyperparameters.dendron_threshold,
        hyperparameters.validator_threshold,
        hyperparameters.base_dendron_cost,
        table(["dendron", "role", "active", "stake", "endpoint"], rows),
    )
}
