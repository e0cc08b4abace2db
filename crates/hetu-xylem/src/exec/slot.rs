//! One worker, which runs a process and replaces it after its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::backoff::{Life, RestartBackoff};
use super::error::ProgramFailure;
use super::outages::Outages;
use super::process::Process;
use super::program::ExecProgram;
use super::protocol::ProgramAnswer;

/// A call that waits for a worker.
#[derive(Debug)]
pub(super) struct ProgramCall {
    /// The line for the process.
    pub(super) question: Vec<u8>,
    pub(super) answer: oneshot::Sender<Result<ProgramAnswer, ProgramFailure>>,
}

/// The waiting calls. The idle worker that holds the lock receives the next one.
pub(super) type ProgramCalls = Arc<Mutex<mpsc::Receiver<ProgramCall>>>;

#[derive(Debug)]
pub(super) struct WorkerSlot {
    pub(super) worker: usize,
    pub(super) program: Arc<ExecProgram>,
    pub(super) calls: ProgramCalls,
    pub(super) outages: Arc<Outages>,
    pub(super) stop: CancellationToken,
}

/// The reason why a process is no longer used.
enum Over {
    /// A stop: no more calls are served.
    Stopped,
    Failed(ProgramFailure),
}

impl WorkerSlot {
    /// Serves calls with `process` and its replacements, until stopped.
    pub(super) async fn run(self, mut process: Process) {
        let mut backoff = RestartBackoff::default();
        loop {
            let mut life = Life::Idle;
            let failure = match self.serve(&mut process, &mut life).await {
                Over::Failed(failure) => failure,
                Over::Stopped => {
                    let status = process.finish(self.program.stop_timeout).await;
                    let status = status.map(|status| status.to_string());
                    tracing::info!(worker = self.worker, status, "a worker ended");
                    return;
                }
            };
            // The old process is killed before the next one starts, which may need its resources.
            drop(process);
            let delay = backoff.after(life);
            tracing::warn!(worker = self.worker, reason = %failure, ?delay, "a worker is replaced");
            match self.replace(&mut backoff, delay).await {
                Some(next) => process = next,
                None => return,
            }
        }
    }

    async fn serve(&self, process: &mut Process, life: &mut Life) -> Over {
        loop {
            let call = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Over::Stopped,
                failure = process.misbehaved() => return Over::Failed(failure),
                Some(call) = next(&self.calls) => call,
            };
            if call.answer.is_closed() {
                continue;
            }
            if *life == Life::Idle {
                *life = Life::Asked;
            }
            match self.perform(process, call).await {
                Ok(()) => *life = Life::Useful,
                Err(failure) => return Over::Failed(failure),
            }
        }
    }

    /// Sends a call to the process. After an error, the process is no longer usable.
    async fn perform(
        &self,
        process: &mut Process,
        call: ProgramCall,
    ) -> Result<(), ProgramFailure> {
        let ProgramCall { question, mut answer } = call;
        let answered = tokio::select! {
            biased;
            answered = timeout(self.program.call_timeout, process.ask(&question)) => {
                answered.unwrap_or(Err(ProgramFailure::TimedOut))
            }
            () = abandoned(&mut answer, self.program.grace) => Err(ProgramFailure::Abandoned),
        };
        let failure = answered.as_ref().err().cloned();
        // The send fails if the caller has disconnected.
        let _ = answer.send(answered);
        failure.map_or(Ok(()), Err)
    }

    /// Starts another process after `delay`. Returns `None` if stopped before that.
    async fn replace(&self, backoff: &mut RestartBackoff, mut delay: Duration) -> Option<Process> {
        loop {
            if !delay.is_zero() {
                let until = Instant::now() + delay;
                self.outages.begin(self.worker, until);
                self.stop.run_until_cancelled(sleep_until(until)).await?;
            }
            match Process::start(&self.program, self.worker) {
                Ok(process) => {
                    self.outages.end(self.worker);
                    return Some(process);
                }
                Err(error) => {
                    delay = backoff.after(Life::Idle);
                    let worker = self.worker;
                    tracing::error!(worker, %error, ?delay, "a worker does not start");
                }
            }
        }
    }
}

async fn next(calls: &ProgramCalls) -> Option<ProgramCall> {
    calls.lock().await.recv().await
}

/// Waits until the caller has been disconnected for `grace`.
async fn abandoned(
    answer: &mut oneshot::Sender<Result<ProgramAnswer, ProgramFailure>>,
    grace: Duration,
) {
    answer.closed().await;
    sleep(grace).await;
}
