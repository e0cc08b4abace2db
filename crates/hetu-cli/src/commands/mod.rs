//! The commands, one module each.

pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod localnet;
pub(crate) mod network;
pub(crate) mod subnet;
pub(crate) mod wallet;

use crate::arguments::{Arguments, Command};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), CliError> {
    let context = Context::new(arguments.global);
    match arguments.command {
        Command::Wallet(command) => wallet::run(command, &context, output),
        Command::Demo(arguments) => block_on(demo::run(arguments, output)),
        Command::Localnet(arguments) => block_on(localnet::run(arguments, &context, output)),
        Command::Network(command) => block_on(network::run(command, &context, output)),
        Command::Subnet(command) => block_on(subnet::run(command, &context, output)),
    }
}

fn block_on(command: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
