//! One process of a program.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::error::ProgramFailure;
use super::lines::{LineEnd, excerpt, read_line};
use super::program::ExecProgram;
use super::protocol::ProgramAnswer;

/// Maximum length of a logged line of the standard error, in bytes. A longer line is logged in
/// pieces.
const LOGGED_LINE_BYTES: usize = 8 * 1024;

/// The time for a process to end after it closed its output. After that time, its exit status is
/// unknown.
const STATUS_TIMEOUT: Duration = Duration::from_secs(1);

/// A running process. Dropping it kills the process and its child processes.
#[derive(Debug)]
pub(super) struct Process {
    // The first field, so that the group is killed while the child, if it still exists, keeps the
    // id in use.
    group: ProcessGroup,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    line: Vec<u8>,
    line_bytes: usize,
    log: StderrLog,
}

impl Process {
    pub(super) fn start(program: &ExecProgram, worker: usize) -> io::Result<Self> {
        let mut child = program.command().spawn()?;
        let group = ProcessGroup::of(&child);
        let missing = || io::Error::other("a standard stream of the program is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        tracing::info!(worker, process = child.id(), "a worker started");
        Ok(Self {
            group,
            child,
            stdin,
            stdout: BufReader::new(stdout),
            line: Vec::new(),
            line_bytes: program.line_bytes,
            log: StderrLog(tokio::spawn(log_lines(stderr, worker))),
        })
    }

    /// Sends the line `question` and reads the answer.
    ///
    /// This is not cancel safe. If the future is dropped, the process is in the middle of a call
    /// and must be dropped.
    pub(super) async fn ask(&mut self, question: &[u8]) -> Result<ProgramAnswer, ProgramFailure> {
        match self.stdin.write_all(question).await {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Err(self.ended().await);
            }
            Err(error) => return Err(error.into()),
        }
        match read_line(&mut self.stdout, &mut self.line, self.line_bytes).await? {
            LineEnd::Complete => {}
            LineEnd::TooLong => return Err(ProgramFailure::TooLong { limit: self.line_bytes }),
            LineEnd::EndOfInput => return Err(self.ended().await),
        }
        let answer = ProgramAnswer::parse(&self.line)?;
        match self.stdout.buffer() {
            [] => Ok(answer),
            more => Err(ProgramFailure::Unasked { line: excerpt(more) }),
        }
    }

    /// Waits until the process ends or writes output. Both are errors while no call is in progress.
    ///
    /// # Cancel safety
    /// No output is lost.
    pub(super) async fn misbehaved(&mut self) -> ProgramFailure {
        tokio::select! {
            written = self.stdout.fill_buf() => match written {
                Ok([]) => self.ended().await,
                Ok(bytes) => ProgramFailure::Unasked { line: excerpt(bytes) },
                Err(error) => error.into(),
            },
            status = self.child.wait() => ProgramFailure::Ended { status: status.ok() },
        }
    }

    /// Closes the input of the process, and waits until it ends. Kills it after `bound`.
    pub(super) async fn finish(self, bound: Duration) -> Option<ExitStatus> {
        let Self { group, mut child, stdin, stdout, log, .. } = self;
        drop(stdin);
        let status = timeout(bound, child.wait()).await.ok().and_then(Result::ok);
        drop((group, stdout));
        // Its last output is already in the pipe.
        let _ = timeout(STATUS_TIMEOUT, log.end()).await;
        status
    }

    async fn ended(&mut self) -> ProgramFailure {
        let status = timeout(STATUS_TIMEOUT, self.child.wait()).await.ok().and_then(Result::ok);
        ProgramFailure::Ended { status }
    }
}

/// The group of a process and its child processes. Dropping it kills them.
///
/// The id stays in use while a process of the group exists. After all have ended, this type uses
/// the id one last time at most, long before the operating system assigns it again.
#[derive(Debug)]
struct ProcessGroup {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl ProcessGroup {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            // The call fails if the group has no process left.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

/// The task that logs the standard error of a process.
#[derive(Debug)]
struct StderrLog(JoinHandle<()>);

impl StderrLog {
    async fn end(mut self) {
        // The task only ends by finishing.
        let _ = (&mut self.0).await;
    }
}

impl Drop for StderrLog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn log_lines(stderr: ChildStderr, worker: usize) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        match read_line(&mut stderr, &mut line, LOGGED_LINE_BYTES).await {
            Ok(end) => {
                if !line.is_empty() {
                    let line = String::from_utf8_lossy(&line);
                    tracing::info!(worker, line = line.trim_end(), "a worker wrote");
                }
                if end == LineEnd::EndOfInput {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(worker, %error, "what a worker writes cannot be read");
                return;
            }
        }
    }
}
