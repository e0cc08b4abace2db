//! Argument parsing, and reports of invalid arguments.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory, Error, FromArgMatches};

use crate::arguments::Arguments;
use crate::log_line::{self, Level};

/// Exit code of a failure to write help or the version.
const UNWRITTEN: u8 = 1;

/// Parses the arguments of this process.
pub(crate) fn parse() -> Result<Arguments, Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Returns the command with all its subcommands. A negative number is a value, which the value's
/// own parser refuses with a clear message: clap would treat it as an unknown option and advise to
/// quote it.
pub(crate) fn command() -> Command {
    with_negative_numbers(Arguments::command())
}

fn with_negative_numbers(command: Command) -> Command {
    let takes_value =
        |arg: &Arg| arg.get_action().takes_values() && !arg.is_allow_hyphen_values_set();
    let command = command
        .mut_args(|arg| if takes_value(&arg) { arg.allow_negative_numbers(true) } else { arg });
    let names: Vec<_> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, with_negative_numbers))
}

/// Reports invalid arguments, or shows the requested help. The format is that of clap, a line of
/// the log where the log is JSON, or an object where results are JSON.
pub(crate) fn report(error: &Error) -> ExitCode {
    let form = Form::of(std::env::args());
    if !error.use_stderr() {
        return shown(error.print());
    }
    match form {
        Form::Log => log_line::write(Level::Error, error.render(), None),
        Form::Json => {
            let _ = writeln!(io::stderr(), "{}", as_json(error));
        }
        // Variables such as HETU_HOME count as arguments, and clap then reports an error, not help.
        Form::Text if error.kind() == ErrorKind::MissingSubcommand => {
            let _ = write!(io::stderr(), "{}", help_of(std::env::args().skip(1)));
        }
        Form::Text => {
            let _ = error.print();
        }
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(UNWRITTEN))
}

/// Returns the help of the innermost command that the arguments name.
fn help_of(arguments: impl Iterator<Item = String>) -> StyledStr {
    let mut command = command();
    command.build();
    for argument in arguments {
        if let Some(inner) = command.find_subcommand(&argument).cloned() {
            command = inner;
        }
    }
    command.render_help()
}

fn shown(printed: io::Result<()>) -> ExitCode {
    match printed.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "error: standard output cannot be written: {error}");
            ExitCode::from(UNWRITTEN)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn as_json(error: &Error) -> serde_json::Value {
    let asks_for_more = matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    );
    if asks_for_more {
        return serde_json::json!({ "error": "a subcommand is missing", "hint": HELP });
    }
    let text = error.render().to_string();
    let mut paragraphs = text.trim().split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let message = in_one_line(first.strip_prefix("error: ").unwrap_or(first));
    let tips: Vec<_> = paragraphs
        .filter_map(|paragraph| paragraph.trim_start().strip_prefix("tip: ").map(in_one_line))
        .collect();
    let hint = if tips.is_empty() { HELP.to_owned() } else { tips.join("; ") };
    serde_json::json!({ "error": message, "hint": hint })
}

const HELP: &str = "see the command with --help";

fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The format of argument errors. It is determined before the arguments are parsed.
enum Form {
    Text,
    Json,
    Log,
}

impl Form {
    fn of(arguments: impl Iterator<Item = String>) -> Self {
        // The arguments after it belong to a program that serves.
        let own: Vec<_> =
            arguments.take_while(|argument| argument != "--exec" && argument != "--").collect();
        let is_pair = |pair: &[String]| matches!(pair, [name, value] if name == "--log-format" && value == "json");
        let is_log = own.iter().any(|argument| argument == "--log-format=json")
            || own.windows(2).any(is_pair);
        if is_log {
            Self::Log
        } else if own.iter().any(|argument| argument == "--json") {
            Self::Json
        } else {
            Self::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(arguments: &[&str]) -> serde_json::Value {
        as_json(&command().try_get_matches_from(arguments).unwrap_err())
    }

    #[test]
    fn usage_error_as_json_has_message_and_hint() {
        let error = error_of(&["hetu", "subnet", "show", "one"]);
        let message = error["error"].as_str().unwrap();
        assert!(message.starts_with("invalid value 'one' for '<NETUID>'"), "{error}");
        let error = error_of(&["hetu", "subnet", "shwo", "1"]);
        assert!(error["hint"].as_str().unwrap().contains("'show'"), "{error}");
        let error = error_of(&["hetu", "token", "transfer"]);
        assert!(error["error"].as_str().unwrap().contains("<TO> <AMOUNT>"), "{error}");
        assert_eq!(error_of(&["hetu", "subnet"])["hint"], HELP);
    }

    #[test]
    fn negative_number_is_refused_as_value() {
        for arguments in [
            &["hetu", "token", "transfer", "miner", "-5"][..],
            &["hetu", "stake", "add", "-0.5"],
            &["hetu", "token", "wrap", "5", "--max-fee", "-1"],
        ] {
            let error = error_of(arguments);
            assert!(error["error"].as_str().unwrap().contains("negative"), "{error}");
        }
    }

    #[test]
    fn help_is_that_of_innermost_command() {
        let help =
            |arguments: &[&str]| help_of(arguments.iter().map(ToString::to_string)).to_string();
        assert!(help(&["--network", "local"]).contains("Usage: hetu "));
        assert!(help(&["subnet", "--json"]).contains("Usage: hetu subnet "));
    }

    #[test]
    fn arguments_are_consistent() {
        command().debug_assert();
    }
}
