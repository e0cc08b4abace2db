//! `hetu amm`: the pools that trade alpha tokens against WHETU.

mod liquidity;
mod percent;
mod pool;
mod preview;
mod side;
mod swap;

use clap::Subcommand;

use self::liquidity::{AddLiquidityArguments, RemoveLiquidityArguments};
use self::pool::PoolArguments;
use self::preview::PreviewArguments;
use self::swap::SwapArguments;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::writing::WriteCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum AmmCommand {
    /// Show the pool of a subnet.
    Pool(PoolArguments),
    /// Show what a trade would bring.
    Preview(PreviewArguments),
    /// Swap HETU for alpha, or alpha for HETU.
    Swap(WriteCommand<SwapArguments>),
    /// Add liquidity, as the network's system address.
    AddLiquidity(WriteCommand<AddLiquidityArguments>),
    /// Take liquidity out, as the network's system address.
    RemoveLiquidity(WriteCommand<RemoveLiquidityArguments>),
}

pub(crate) async fn run(
    command: AmmCommand,
    context: &Context,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        AmmCommand::Pool(arguments) => pool::run(arguments, context, output).await,
        AmmCommand::Preview(arguments) => preview::run(arguments, context, output).await,
        AmmCommand::Swap(arguments) => swap::run(arguments, context, output).await,
        AmmCommand::AddLiquidity(command) => command.run(context, output, liquidity::add).await,
        AmmCommand::RemoveLiquidity(arguments) => {
            liquidity::remove(arguments, context, output).await
        }
    }
}
