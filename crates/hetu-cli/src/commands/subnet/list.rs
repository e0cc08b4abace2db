//! `hetu subnet list`, `owned`.

use clap::Args;
use hetu::chain::model::SubnetDetails;
use hetu::{Address, NetUid};
use serde::Serialize;

use crate::account::AccountArgument;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, table};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct SubnetListArguments {
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Args, Debug)]
pub(crate) struct OwnedArguments {
    #[command(flatten)]
    account: AccountArgument,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct SubnetList {
    block: u64,
    subnets: Vec<SubnetRow>,
}

#[derive(Serialize)]
struct SubnetRow {
    netuid: NetUid,
    name: String,
    owner: Address,
    is_active: bool,
    price: Decimal,
    hetu_reserve: Decimal,
    alpha_reserve: Decimal,
    volume: Decimal,
}

#[derive(Serialize)]
struct OwnedSubnets {
    block: u64,
    owner: Address,
    netuids: Vec<NetUid>,
}

impl From<SubnetDetails> for SubnetRow {
    fn from(details: SubnetDetails) -> Self {
        let SubnetDetails { subnet, price, volume, hetu_reserve, alpha_reserve, .. } = details;
        Self {
            netuid: subnet.netuid,
            name: subnet.name,
            owner: subnet.owner,
            is_active: subnet.is_active,
            price: price.into(),
            hetu_reserve: hetu_reserve.into(),
            alpha_reserve: alpha_reserve.into(),
            volume: volume.into(),
        }
    }
}

pub(super) async fn all(
    SubnetListArguments { read }: SubnetListArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let subnets = hetu.subnets().list().await?;
    let subnets = subnets.into_iter().map(SubnetRow::from).collect();
    output.result(&SubnetList { block: block.id.number, subnets }, text);
    Ok(())
}

pub(super) async fn owned(
    OwnedArguments { account, read }: OwnedArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let owner = context.account(&account)?;
    let (hetu, block) = context.reader(&read).await?;
    let netuids = hetu.subnets().owned_by(owner).await?;
    output.result(&OwnedSubnets { block: block.id.number, owner, netuids }, |owned| {
        let netuids: Vec<_> = owned.netuids.iter().map(NetUid::to_string).collect();
        let netuids = if netuids.is_empty() { "none".to_owned() } else { netuids.join(", ") };
        format!("subnets of {} at block {}: {netuids}", owned.owner, owned.block)
    });
    Ok(())
}

fn text(listed: &SubnetList) -> String {
    let rows = listed.subnets.iter().map(|subnet| {
        let active = if subnet.is_active { "yes" } else { "no" };
        [
            subnet.netuid.to_string(),
            format!("{:?}", subnet.name),
            active.to_owned(),
            subnet.price.to_string(),
            subnet.hetu_reserve.to_string(),
            subnet.alpha_reserve.to_string(),
            subnet.owner.to_string(),
        ]
    });
    let header = ["subnet", "name", "active", "price", "HETU in pool", "alpha in pool", "owner"];
    format!("block {}\n{}", listed.block, table(header, rows))
}
