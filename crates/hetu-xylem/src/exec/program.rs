//! What is to run, and how much of it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// The variables that a program gets without being named: where things are and how text is
/// written. Nothing else of the environment of this process, which may hold passwords, is handed on.
const PASSED_ON: [&str; 14] = [
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERPROFILE",
];

/// Variables by which interpreters write each line at once. Without them Python keeps what it writes
/// to a pipe until there are 8 KiB of it, so that no call would be answered in time.
const UNBUFFERED: [(&str, &str); 1] = [("PYTHONUNBUFFERED", "1")];

/// A program that serves calls: it reads a request a line on its standard input, and writes an
/// answer a line on its standard output.
#[derive(Clone)]
#[must_use]
pub struct ExecProgram {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    pub(super) workers: usize,
    pub(super) waiting_calls: usize,
    pub(super) line_bytes: usize,
    pub(super) call_timeout: Duration,
    pub(super) grace: Duration,
    pub(super) stop_timeout: Duration,
}

impl ExecProgram {
    /// The program at a path, or of a name that is searched for in `PATH`.
    pub fn new(program: impl Into<OsString>) -> Self {
        let inherited = PASSED_ON.iter().filter_map(|name| Some((name.into(), env::var_os(name)?)));
        let unbuffered = UNBUFFERED.map(|(name, value)| (name.into(), value.into()));
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: inherited.chain(unbuffered).collect(),
            workers: 1,
            waiting_calls: 64,
            line_bytes: 1024 * 1024,
            call_timeout: Duration::from_secs(60),
            grace: Duration::from_secs(5),
            stop_timeout: Duration::from_secs(5),
        }
    }

    /// Adds arguments.
    pub fn with_arguments<A: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment. Of the environment of this process it sees only what
    /// says where things are and how text is written, such as `PATH`, `HOME` and `LANG`.
    /// `PYTHONUNBUFFERED` is 1 unless it is set here.
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// How many processes there are, each of which is asked one thing at a time. 1 by default, and
    /// at least that.
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// How many calls may wait for a process; more are told to come back later (503,
    /// `overloaded`). 64 by default, and at least one.
    pub fn with_waiting_calls(mut self, calls: usize) -> Self {
        self.waiting_calls = calls.max(1);
        self
    }

    /// How many bytes an answer may be long. 1 MiB by default.
    pub const fn with_line_bytes(mut self, bytes: usize) -> Self {
        self.line_bytes = bytes;
        self
    }

    /// How long a process may take for an answer before it is killed and started anew. 60 s by
    /// default, as long as a Xylem lets a call take.
    pub const fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// How long a process may go on with a call that nobody waits for any more, before it is
    /// killed and started anew. 5 s by default.
    ///
    /// Without it, callers who wait for a millisecond could have every process started anew all
    /// the time.
    pub const fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How long a process may take to end after its input has ended, before it is killed. 5 s by
    /// default.
    pub const fn with_stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }

    /// The program as it was named.
    pub fn program(&self) -> &OsStr {
        &self.program
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // In a group of its own, so that an interrupt at the terminal leaves it to finish what it
        // does, and so that whatever it starts ends with it.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

impl fmt::Debug for ExecProgram {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("ExecProgram")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("variables", &variables)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_are_not_shown() {
        let program = ExecProgram::new("miner").with_variable("TOKEN", "hidden");
        let shown = format!("{program:?}");
        assert!(shown.contains("TOKEN") && !shown.contains("hidden"), "{shown}");
    }
}
