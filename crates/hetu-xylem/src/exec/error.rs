//! Why a program does not run, and why a call to it failed.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;

use hetu_chain::{Retryability, Retryable};

/// Why a program does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecError {
    /// It cannot be started: there is no such program, or it may not be run.
    #[error("cannot start {}: {source}", program.display())]
    Start {
        /// The program as it was named.
        program: OsString,
        /// What the operating system says.
        source: io::Error,
    },
    /// Every process of it has ended without having been asked anything.
    #[error("{} ended by itself: see what it wrote to its standard error", program.display())]
    Ended {
        /// The program as it was named.
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

/// Why a call has no answer. The log says it, the caller does not learn it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProgramFailure {
    // Escaped: a line feed would begin a line of the log that the program makes up.
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
