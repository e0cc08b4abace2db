//! The command `hetu`: run miners, validators and subnets of the Hetu network.

mod account;
mod arguments;
mod commands;
mod confirmation;
mod context;
mod decimal;
mod error;
mod hint;
mod log_line;
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
use crate::log_line::Level;
use crate::logging::LogFormat;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let logging = arguments.command.logging();
    if logging.format() == LogFormat::Json {
        log_line::report_panics();
    }
    let output = Output::new(arguments.global.json, logging.format());
    logging.begin();
    match commands::run(arguments, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            error.exit_code()
        }
    }
}

/// Reports arguments that are not understood, or help that was asked for, as clap does; an error as
/// a line of the log where the log is JSON.
fn refused(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && is_json_log(std::env::args()) {
        log_line::write(Level::Error, error.render(), None);
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

/// Returns `true` if the arguments ask for a log in JSON. It runs before they are parsed.
fn is_json_log(arguments: impl Iterator<Item = String>) -> bool {
    let arguments: Vec<_> = arguments.collect();
    let is_pair = |pair: &[String]| matches!(pair, [name, value] if name == "--log-format" && value == "json");
    arguments.iter().any(|argument| argument == "--log-format=json")
        || arguments.windows(2).any(is_pair)
}
