//! `hetu token info`.

use clap::Args;
use hetu::{Address, Hetutensor, NetUid};
use serde::Serialize;

use super::{ContractTokenArguments, TokenName};
use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::CliError;
use crate::output::{Output, facts};
use crate::reading::ReadArguments;

/// Decimals of every token of the network.
const DECIMALS: u8 = 18;

#[derive(Args, Debug)]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    token: ContractTokenArguments,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Serialize)]
struct TokenShown {
    block: u64,
    token: TokenName,
    netuid: Option<NetUid>,
    address: Address,
    name: String,
    symbol: String,
    decimals: u8,
    total_supply: Decimal,
    /// HETU that backs WHETU. `None` for alpha.
    backing: Option<Decimal>,
}

pub(super) async fn run(
    InfoArguments { token, read }: InfoArguments,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    let (hetu, block) = context.reader(&read).await?;
    let info = match token.subnet {
        Some(netuid) => of_alpha(&hetu, netuid, block.id.number).await?,
        None => of_whetu(&hetu, block.id.number).await?,
    };
    output.result(&info, text);
    Ok(())
}

async fn of_alpha(hetu: &Hetutensor, netuid: NetUid, block: u64) -> Result<TokenShown, CliError> {
    let alpha = hetu.tokens().alpha(netuid).await?;
    let info = alpha.info().await?;
    Ok(TokenShown {
        block,
        token: TokenName::Alpha,
        netuid: Some(netuid),
        address: alpha.address(),
        name: info.name,
        symbol: info.symbol,
        decimals: DECIMALS,
        total_supply: info.total_supply.into(),
        backing: None,
    })
}

async fn of_whetu(hetu: &Hetutensor, block: u64) -> Result<TokenShown, CliError> {
    let label = hetu.tokens().wrapped_label().await?;
    Ok(TokenShown {
        block,
        token: TokenName::Whetu,
        netuid: None,
        address: hetu.network().contracts.whetu,
        name: label.name,
        symbol: label.symbol,
        decimals: label.decimals,
        total_supply: hetu.tokens().wrapped_supply().await?.into(),
        backing: Some(hetu.tokens().wrapped_backing().await?.into()),
    })
}

fn text(info: &TokenShown) -> String {
    let mut rows = vec![
        ("contract", info.address.to_string()),
        ("decimals", info.decimals.to_string()),
        ("supply", info.total_supply.to_string()),
    ];
    rows.extend(info.backing.map(|backing| ("HETU behind it", backing.to_string())));
    format!("{:?} ({:?}) at block {}\n{}", info.name, info.symbol, info.block, facts(rows))
}
