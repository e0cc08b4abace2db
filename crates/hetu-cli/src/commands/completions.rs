//! `hetu completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::output::Output;

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// The shell that is to complete.
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments, mut hetu: Command, output: &Output) {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut hetu, "hetu", &mut script);
    output.script(&String::from_utf8_lossy(&script));
}
