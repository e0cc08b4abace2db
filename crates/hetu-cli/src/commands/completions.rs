//! `hetu completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::output::Output;

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// The shell that is to complete.
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments, output: &Output) {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "hetu", &mut script);
    output.script(&String::from_utf8_lossy(&script));
}
