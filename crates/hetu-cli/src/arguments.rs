//! What can be typed behind `hetu`.

use clap::{Parser, Subcommand};

use crate::commands::{demo, localnet, network, subnet, wallet};
use crate::context::GlobalArguments;

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
    /// Subnets of the network.
    #[command(subcommand)]
    Subnet(subnet::SubnetCommand),
    /// Keys of this machine, encrypted in files.
    #[command(subcommand)]
    Wallet(wallet::WalletCommand),
}
