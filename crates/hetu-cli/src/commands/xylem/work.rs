//! The service of a miner: sums, or a program.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use hetu::Service;
use hetu::cambium::{InvalidSchema, JsonService};
use hetu::xylem::{ExecProgram, ExecWorkers, HandlerError, XylemBuilder};
use serde_json::Value;

use crate::error::CliError;
use crate::input::{SMALL, malformed, text_of};
use crate::math::{MathSum, Sum};

#[derive(Args, Debug)]
#[command(next_help_heading = "Program")]
pub(super) struct WorkArguments {
    /// Have calls answered by a program, and not by the built-in service of sums. What follows are
    /// its arguments, so this comes last.
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true,
          requires = "service")]
    exec: Vec<OsString>,

    /// What callers know the program as: the segment of the path.
    #[arg(long, value_name = "NAME", requires = "exec")]
    service: Option<String>,

    /// How many processes of the program there are, each of which is asked one thing at a time.
    #[arg(long, default_value_t = 1, value_name = "NUMBER", requires = "exec",
          value_parser = clap::value_parser!(u16).range(1..=1_024))]
    workers: u16,

    /// A JSON Schema that says what requests are like.
    #[arg(long, value_name = "FILE", requires = "exec")]
    request_schema: Option<PathBuf>,

    /// A JSON Schema that says what replies are like.
    #[arg(long, value_name = "FILE", requires = "exec")]
    reply_schema: Option<PathBuf>,

    /// Let the program see this variable of the environment too; can be said more than once. It
    /// sees PATH, HOME, those of the language and little else.
    #[arg(long, value_name = "NAME", requires = "exec")]
    pass_variable: Vec<String>,

    /// The longest reply of the program, in bytes.
    #[arg(long, default_value_t = 1024 * 1024, value_name = "BYTES", requires = "exec",
          value_parser = clap::value_parser!(u32).range(64..))]
    reply_bytes: u32,

    /// How long a process may go on with a call that nobody waits for, in seconds, before it is
    /// replaced.
    #[arg(long, default_value_t = 5, value_name = "SECONDS", requires = "exec",
          value_parser = clap::value_parser!(u64).range(0..=3_600))]
    grace: u64,
}

/// A service that is ready for calls.
#[derive(Debug)]
pub(super) enum Work {
    Sums,
    Program { service: JsonService, workers: ExecWorkers },
}

impl WorkArguments {
    /// Starts the service. Calls take at most `call_timeout`.
    pub(super) fn begin(self, call_timeout: Duration) -> Result<Work, CliError> {
        let Some(name) = self.service else {
            return Ok(Work::Sums);
        };
        let mut service = JsonService::new(name);
        if let Some(path) = &self.request_schema {
            service = service.with_request_schema(json_in(path)?).map_err(unfit(path))?;
        }
        if let Some(path) = &self.reply_schema {
            service = service.with_reply_schema(json_in(path)?).map_err(unfit(path))?;
        }
        let mut command = self.exec.into_iter();
        let mut program = ExecProgram::new(command.next().unwrap_or_default())
            .with_arguments(command)
            .with_workers(self.workers.into())
            .with_line_bytes(usize::try_from(self.reply_bytes).unwrap_or(usize::MAX))
            .with_call_timeout(call_timeout)
            .with_grace(Duration::from_secs(self.grace));
        for name in self.pass_variable {
            match env::var_os(&name) {
                Some(value) => program = program.with_variable(name, value),
                None => return Err(CliError::Nothing { what: format!("variable {name}") }),
            }
        }
        Ok(Work::Program { service, workers: ExecWorkers::start(program)? })
    }
}

impl Work {
    /// Returns the name of the service for callers.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Sums => MathSum::NAME,
            Self::Program { service, .. } => service.name(),
        }
    }

    /// Checks that the service can answer.
    pub(super) fn check(&self) -> Result<(), CliError> {
        match self {
            Self::Sums => Ok(()),
            Self::Program { workers, .. } => Ok(workers.check()?),
        }
    }

    /// Attaches the service to the miner.
    pub(super) fn attach_to(&self, miner: XylemBuilder) -> XylemBuilder {
        match self {
            Self::Sums => miner.attach::<MathSum>(add),
            Self::Program { service, workers } => {
                miner.attach_json(service.clone(), workers.handler())
            }
        }
    }

    /// Stops the service after the last call.
    pub(super) async fn end(self) {
        if let Self::Program { workers, .. } = self {
            workers.stop().await;
        }
    }
}

async fn add(question: MathSum) -> Result<Sum, HandlerError> {
    let sum = question.answer();
    // JSON has no infinity.
    if sum.result.is_finite() {
        Ok(sum)
    } else {
        Err(HandlerError::rejected("the sum is too large"))
    }
}

fn json_in(path: &Path) -> Result<Value, CliError> {
    serde_json::from_str(&text_of(path, SMALL)?).map_err(|error| malformed(path, error))
}

fn unfit(path: &Path) -> impl FnOnce(InvalidSchema) -> CliError {
    move |error| malformed(path, error)
}
