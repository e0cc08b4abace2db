//! Command line arguments of `hetu`.

use clap::{Parser, Subcommand};

use crate::commands::{
    amm, completions, demo, dendron, events, localnet, metastruct, network, phloem, receipt, stake,
    subnet, token, tx, wallet, weights, xylem,
};
use crate::context::GlobalArguments;
use crate::logging::Logging;

/// Run miners, validators and subnets of the Hetu network.
#[derive(Debug, Parser)]
#[command(
    name = "hetu",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 1 other errors, 2 usage, 3 the chain refused, 4 a node or miner \
                  was out of reach or misbehaved, 5 not found."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a whole subnet in this process: a chain, five miners and a validator who judges them.
    Demo(demo::DemoArguments),
    /// Run a development chain with the contracts and one subnet, until interrupted.
    Localnet(localnet::LocalnetArguments),
    /// Networks that are known by name.
    #[command(subcommand)]
    Network(network::NetworkCommand),
    /// Keys of this machine, encrypted in files.
    #[command(subcommand)]
    Wallet(wallet::WalletCommand),
    /// HETU, WHETU and the alpha tokens of subnets.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Stake and its allocation to subnets.
    #[command(subcommand)]
    Stake(stake::StakeCommand),
    /// Subnets, what governs them, and who owns them.
    #[command(subcommand)]
    Subnet(subnet::SubnetCommand),
    /// Who takes part in a subnet, and taking part.
    #[command(subcommand)]
    Dendron(dendron::DendronCommand),
    /// The picture of a subnet, live.
    #[command(subcommand)]
    Metastruct(metastruct::MetastructCommand),
    /// Serving calls of validators.
    #[command(subcommand)]
    Xylem(xylem::XylemCommand),
    /// Finding, asking and judging miners.
    #[command(subcommand)]
    Phloem(phloem::PhloemCommand),
    /// What validators think of miners.
    #[command(subcommand)]
    Weights(weights::WeightsCommand),
    /// The pools that trade alpha tokens against WHETU.
    #[command(subcommand)]
    Amm(amm::AmmCommand),
    /// Evidence of who asked which miner for what, and what it answered.
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// Transactions that were sent before.
    #[command(subcommand)]
    Tx(tx::TxCommand),
    /// What the contracts report, one line each.
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Print a script that lets a shell complete hetu's commands.
    Completions(completions::CompletionsArguments),
}

impl Command {
    /// Returns the log settings of the command.
    pub(crate) const fn logging(&self) -> Logging {
        match self {
            Self::Xylem(command) => command.logging(),
            _ => Logging::of_errors(),
        }
    }
}
