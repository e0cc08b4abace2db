//! `hetu subnet show`.

use clap::Args;
use hetu::chain::model::{Subnet, SubnetDetails, SubnetSnapshot};
use hetu::{Address, NetUid};
use serde::Serialize;

use super::rules::Rules;
use crate::commands::dendron::{DendronRow, dendrons_table};
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct SubnetShowArguments {
    /// The number of the subnet.
    netuid: NetUid,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct SubnetReport {
    block: u64,
    subnet: SubnetShown,
    hyperparameters: Rules,
    dendrons: Vec<DendronRow>,
}

#[derive(Serialize)]
struct SubnetShown {
    netuid: NetUid,
    name: String,
    description: String,
    owner: Address,
    is_active: bool,
    alpha_token: Address,
    pool: Address,
    price: Decimal,
    hetu_reserve: Decimal,
    alpha_reserve: Decimal,
    volume: Decimal,
    locked: Decimal,
    pool_initial: Decimal,
    burned: Decimal,
    created_at: u64,
}

pub(super) async fn run(
    SubnetShowArguments { netuid, read }: SubnetShowArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let details = hetu.subnets().details(netuid).await?;
    let SubnetSnapshot { hyperparameters, dendrons, .. } = hetu.subnets().snapshot(netuid).await?;
    let shown = SubnetReport {
        block: block.id.number,
        subnet: details.into(),
        hyperparameters: (&hyperparameters).into(),
        dendrons: dendrons.into_iter().map(DendronRow::from).collect(),
    };
    output.result(&shown, text);
    Ok(())
}

impl From<SubnetDetails> for SubnetShown {
    fn from(details: SubnetDetails) -> Self {
        let SubnetDetails { subnet, price, volume, hetu_reserve, alpha_reserve, .. } = details;
        let Subnet { netuid, name, description, owner, is_active, .. } = subnet;
        Self {
            netuid,
            name,
            description,
            owner,
            is_active,
            alpha_token: subnet.alpha_token,
            pool: subnet.pool,
            price: price.into(),
            hetu_reserve: hetu_reserve.into(),
            alpha_reserve: alpha_reserve.into(),
            volume: volume.into(),
            locked: subnet.locked.into(),
            pool_initial: subnet.pool_initial.into(),
            burned: subnet.burned.into(),
            created_at: subnet.created_at,
        }
    }
}

/// Formats the report. Texts of the chain are quoted, because they are untrusted input.
fn text(shown: &SubnetReport) -> String {
    let SubnetReport { block, subnet, hyperparameters, dendrons } = shown;
    let state = if subnet.is_active { "active" } else { "not active" };
    format!(
        "subnet {} {:?}, {state}, at block {block}\n{}\n\n{}\n\n{}",
        subnet.netuid,
        subnet.name,
        facts([
            ("description", format!("{:?}", subnet.description)),
            ("owner", subnet.owner.to_string()),
            ("alpha token", subnet.alpha_token.to_string()),
            ("pool", subnet.pool.to_string()),
            ("price", format!("{} HETU for one alpha", subnet.price)),
            (
                "in the pool",
                format!("{} HETU, {} alpha", subnet.hetu_reserve, subnet.alpha_reserve)
            ),
        ]),
        facts(hyperparameters.rows()),
        dendrons_table(dendrons),
    )
}
