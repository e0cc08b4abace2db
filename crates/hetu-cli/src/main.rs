//! The command `hetu`: run miners, validators and subnets of the Hetu network.

mod account;
mod arguments;
mod commands;
mod confirmation;
mod context;
mod decimal;
mod error;
mod hint;
mod math;
mod output;
mod password;
mod reading;
mod stop_signal;
mod writing;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.json);
    log_to_stderr();
    match commands::run(arguments, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            error.exit_code()
        }
    }
}

/// Warnings of the layers, or what `RUST_LOG` asks for; never on standard output, which belongs
/// to results.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
