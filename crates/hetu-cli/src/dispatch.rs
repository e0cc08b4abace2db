//! Execution of the command that the arguments name.

use crate::arguments::{Arguments, Command};
use crate::commands::{
    amm, completions, demo, dendron, events, localnet, metastruct, network, phloem, receipt, stake,
    subnet, token, tx, wallet, weights, xylem,
};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;
use crate::usage;

/// Runs the command of `arguments`.
pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), CliError> {
    let context = Context::new(arguments.global);
    match arguments.command {
        Command::Demo(arguments) => block_on(demo::run(arguments, output)),
        Command::Localnet(arguments) => block_on(localnet::run(arguments, &context, output)),
        Command::Network(command) => block_on(network::run(command, &context, output)),
        Command::Wallet(command) => wallet::run(command, &context, output),
        Command::Token(command) => block_on(token::run(command, &context, output)),
        Command::Stake(command) => block_on(stake::run(command, &context, output)),
        Command::Subnet(command) => block_on(subnet::run(command, &context, output)),
        Command::Dendron(command) => block_on(dendron::run(command, &context, output)),
        Command::Metastruct(command) => block_on(metastruct::run(command, &context, output)),
        Command::Phloem(command) => block_on(phloem::run(command, &context, output)),
        Command::Weights(command) => block_on(weights::run(command, &context, output)),
        Command::Xylem(command) => block_on(xylem::run(command, &context, output)),
        Command::Amm(command) => block_on(amm::run(command, &context, output)),
        Command::Receipt(command) => receipt::run(command, &context, output),
        Command::Tx(command) => block_on(tx::run(command, &context, output)),
        Command::Events(command) => block_on(events::run(command, &context, output)),
        Command::Completions(arguments) => {
            completions::run(&arguments, usage::command(), output);
            Ok(())
        }
    }
}

fn block_on(command: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
