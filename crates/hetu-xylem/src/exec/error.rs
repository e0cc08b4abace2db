//! The errors of programs and of calls to them.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;

use hetu_chain::{Retryability, Retryable};

/// The reason why a program does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecError {
    /// A failed start: the program does not exist, or must not be executed.
    #[error("cannot start {}: {source}", program.display())]
    Start {
        /// The program as configured.
        program: OsString,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A program with no running process: every process ended before its first call.
    #[error("{} ended by itself: see what it wrote to its standard error", program.display())]
    Ended {
        /// The program as configured.
        program: OsString,
    },
}

impl Retryable for ExecError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Start { source, .. } => match source.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => Retryability::Retryable,
                _ => Retryability::Final,
            },
            Self::Ended { .. } => Retryability::Final,
        }
    }
}

/// The reason why a call has no answer. It is logged, and hidden from the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProgramFailure {
    // Escaped, because a line feed would let the program forge a line of the log.
    #[error("the program says that it failed: {0:?}")]
    Failed(String),
    #[error("the program ended ({})", status.map_or_else(|| "how is not known".to_owned(), |status| status.to_string()))]
    Ended { status: Option<ExitStatus> },
    #[error("the program cannot be talked to: {0}")]
    Pipe(String),
    #[error("the answer of the program is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("the program wrote what is no answer: {line:?}")]
    Unreadable { line: String },
    #[error("the program wrote to its standard output without being asked: {line:?}")]
    Unasked { line: String },
    #[error(
        "the program did not answer in time: does it flush its standard output after each line?"
    )]
    TimedOut,
    #[error("nobody waits for the answer any more")]
    Abandoned,
    #[error("the program is being stopped")]
    Stopped,
}

impl From<io::Error> for ProgramFailure {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error.to_string())
    }
}
