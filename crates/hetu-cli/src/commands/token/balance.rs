//! `hetu token balance`.

use clap::Args;
use hetu::{Address, NetUid};
use serde::Serialize;

use crate::account::AccountArgument;
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

#[derive(Args, Debug)]
pub(crate) struct BalanceArguments {
    #[command(flatten)]
    account: AccountArgument,
    /// Also the alpha tokens of this subnet; can be said more than once.
    #[arg(long, value_name = "NETUID")]
    subnet: Vec<NetUid>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct Balances {
    block: u64,
    account: Address,
    hetu: Decimal,
    whetu: Decimal,
    alpha: Vec<AlphaBalance>,
}

#[derive(Serialize)]
struct AlphaBalance {
    netuid: NetUid,
    balance: Decimal,
}

pub(super) async fn run(
    arguments: BalanceArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let account = context.account(&arguments.account)?;
    let (hetu, block) = context.reader(&arguments.read).await?;
    let mut alpha = Vec::new();
    for netuid in arguments.subnet {
        let balance = hetu.tokens().alpha(netuid).await?.balance(account).await?.into();
        alpha.push(AlphaBalance { netuid, balance });
    }
    let balances = Balances {
        block: block.id.number,
        account,
        hetu: hetu.tokens().balance(account).await?.into(),
        whetu: hetu.tokens().wrapped_balance(account).await?.into(),
        alpha,
    };
    output.result(&balances, text);
    Ok(())
}

fn text(balances: &Balances) -> String {
    let mut rows = vec![
        ("HETU".to_owned(), balances.hetu.to_string()),
        ("WHETU".to_owned(), balances.whetu.to_string()),
    ];
    rows.extend(balances.alpha.iter().map(|AlphaBalance { netuid, balance }| {
        (format!("alpha of subnet {netuid}"), balance.to_string())
    }));
    format!("{} at block {}\n{}", balances.account, balances.block, facts(rows))
}
