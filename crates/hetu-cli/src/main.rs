//! The command `hetu`: run miners, validators and subnets of the Hetu network.

mod account;
mod arguments;
mod commands;
mod confirmation;
mod context;
mod decimal;
mod dispatch;
mod error;
mod hint;
mod input;
mod log_line;
mod logging;
mod math;
mod output;
mod password;
mod reading;
mod refusal;
mod stop_signal;
mod usage;
mod writing;

use std::process::ExitCode;

use crate::logging::LogFormat;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = match usage::parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::report(&error),
    };
    let logging = arguments.command.logging();
    if logging.format() == LogFormat::Json {
        log_line::report_panics();
    }
    let output = Output::new(arguments.global.json, logging.format());
    logging.begin();
    match dispatch::run(arguments, &output).and_then(|()| output.end()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            error.exit_code()
        }
    }
}
