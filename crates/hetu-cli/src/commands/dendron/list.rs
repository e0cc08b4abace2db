//! `hetu dendron list`, `show`.

use clap::{Args, ValueEnum};
use hetu::NetUid;
use hetu::chain::model::Role;
use serde::Serialize;

use super::row::{DendronRow, dendrons_table};
use crate::account::AccountArgument;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct DendronListArguments {
    /// The number of the subnet.
    netuid: NetUid,
    /// Only dendrons of this role.
    #[arg(long)]
    role: Option<RoleChoice>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Args, Debug)]
pub(crate) struct DendronShowArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    account: AccountArgument,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleChoice {
    /// Serves compute.
    Miner,
    /// Queries and judges miners.
    Validator,
}

impl From<RoleChoice> for Role {
    fn from(choice: RoleChoice) -> Self {
        match choice {
            RoleChoice::Miner => Self::Miner,
            RoleChoice::Validator => Self::Validator,
        }
    }
}

#[derive(Serialize)]
struct DendronList {
    block: u64,
    netuid: NetUid,
    dendrons: Vec<DendronRow>,
}

#[derive(Serialize)]
struct DendronShown {
    block: u64,
    netuid: NetUid,
    dendron: DendronRow,
}

pub(super) async fn list(
    DendronListArguments { netuid, role, read }: DendronListArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let snapshot = hetu.subnets().snapshot(netuid).await?;
    let role = role.map(Role::from);
    let dendrons = snapshot.dendrons.into_iter();
    let dendrons = dendrons.filter(|dendron| role.is_none_or(|role| dendron.role == role));
    let dendrons = dendrons.map(DendronRow::from).collect();
    output.result(&DendronList { block: block.id.number, netuid, dendrons }, |listed| {
        let table = dendrons_table(&listed.dendrons);
        format!("subnet {} at block {}\n{table}", listed.netuid, listed.block)
    });
    Ok(())
}

pub(super) async fn show(
    DendronShowArguments { netuid, account, read }: DendronShowArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let account = context.account(&account)?;
    let (hetu, block) = context.reader(&read).await?;
    let dendron = hetu.dendrons().get(netuid, account).await?;
    let dendron = dendron.ok_or_else(|| CliError::Nothing {
        what: format!("dendron of {account} in subnet {netuid}"),
    })?;
    let shown = DendronShown { block: block.id.number, netuid, dendron: dendron.into() };
    output.result(&shown, |shown| {
        let facts = facts(shown.dendron.rows());
        format!("{account} in subnet {} at block {}\n{facts}", shown.netuid, shown.block)
    });
    Ok(())
}
