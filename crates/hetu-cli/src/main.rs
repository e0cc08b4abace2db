//! The command `hetu`: run miners, validators and subnets of the Hetu network.

mod account;
mod arguments;
mod commands;
mod confirmation;
mod context;
mod decimal;
mod error;
mod hint;
mod logging;
mod math;
mod output;
mod password;
mod reading;
mod stop_signal;
mod writing;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.json);
    arguments.command.logging().begin();
    match commands::run(arguments, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            error.exit_code()
        }
    }
}
