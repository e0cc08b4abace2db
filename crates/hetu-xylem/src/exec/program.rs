//! The configuration of a program and of its processes.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// The environment variables that a program inherits: locations and text encoding. Other variables
/// of this process may hold passwords and are not inherited.
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

/// Variables that make interpreters write each line at once. Without them, Python buffers 8 KiB of
/// output to a pipe, so that no call is answered in time.
const UNBUFFERED: [(&str, &str); 1] = [("PYTHONUNBUFFERED", "1")];

/// A program that serves calls. It reads one request per line on its standard input, and writes one
/// answer per line on its standard output.
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
    /// Creates the configuration of the program at a path, or of a name that is looked up in
    /// `PATH`.
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

    /// Sets an environment variable. From the environment of this process, the program inherits
    /// only locations and text encoding, such as `PATH`, `HOME` and `LANG`. `PYTHONUNBUFFERED` is 1
    /// unless it is set here.
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the number of processes, at least 1. Each process handles one call at a time. Default:
    /// 1.
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Sets the number of calls that may wait for a process, at least 1. Further calls are refused
    /// (503, `overloaded`). Default: 64.
    pub fn with_waiting_calls(mut self, calls: usize) -> Self {
        self.waiting_calls = calls.max(1);
        self
    }

    /// Sets the maximum length of an answer in bytes. Default: 1 MiB.
    pub const fn with_line_bytes(mut self, bytes: usize) -> Self {
        self.line_bytes = bytes;
        self
    }

    /// Sets the time limit of an answer, after which the process is killed and restarted. Default:
    /// 60 s, the default time limit of a call.
    pub const fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Sets how long a process may continue a call after its caller has disconnected. Then the
    /// process is killed and restarted. Default: 5 s.
    ///
    /// Without this grace, callers with a timeout of one millisecond could cause constant restarts
    /// of all processes.
    pub const fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how long a process may take to end after its input is closed, before it is killed.
    /// Default: 5 s.
    pub const fn with_stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }

    /// Returns the program as configured.
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
        // The process is in its own group, so that an interrupt at the terminal lets it finish its
        // work, and so that its child processes end with it.
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
