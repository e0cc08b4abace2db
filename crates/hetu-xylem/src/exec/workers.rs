//! The workers of a program.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
// A `TaskTracker` would not end the workers when it is dropped.
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::{ExecError, ProgramFailure};
use super::outages::Outages;
use super::process::Process;
use super::program::ExecProgram;
use super::protocol::question;
use super::slot::{ProgramCall, WorkerSlot};
use crate::handler::{HandlerError, HandlerFn};

/// The `Retry-After` of a call when too many calls already wait.
const PAUSE: Duration = Duration::from_secs(1);

/// The processes of a program, which answer the calls of a service.
///
/// A process that crashes, exceeds its time or writes invalid output is killed and restarted. The
/// delay grows while processes end without an answer. Dropping the workers kills all processes and
/// their child processes at once; [`stop`](Self::stop) stops them gracefully.
#[derive(Debug)]
pub struct ExecWorkers {
    program: Arc<ExecProgram>,
    calls: mpsc::Sender<ProgramCall>,
    outages: Arc<Outages>,
    stop: CancellationToken,
    slots: JoinSet<()>,
}

impl ExecWorkers {
    /// Starts all processes of `program`.
    ///
    /// # Errors
    /// [`ExecError::Start`] if the first start of one of them fails.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(program: ExecProgram) -> Result<Self, ExecError> {
        let program = Arc::new(program);
        let (calls, waiting) = mpsc::channel(program.waiting_calls);
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        let outages = Arc::new(Outages::new(program.workers));
        let stop = CancellationToken::new();
        let mut slots = JoinSet::new();
        for worker in 0..program.workers {
            let process = Process::start(&program, worker).map_err(|source| ExecError::Start {
                program: program.program().to_owned(),
                source,
            })?;
            let slot = WorkerSlot {
                worker,
                program: program.clone(),
                calls: waiting.clone(),
                outages: outages.clone(),
                stop: stop.clone(),
            };
            slots.spawn(slot.run(process));
        }
        Ok(Self { program, calls, outages, stop, slots })
    }

    /// Returns a handler that passes calls to the workers, for
    /// [`XylemBuilder::attach_json`](crate::XylemBuilder::attach_json).
    pub fn handler(&self) -> impl HandlerFn<Value, Value> + Clone + use<> {
        let (calls, outages) = (self.calls.clone(), self.outages.clone());
        move |request| call(calls.clone(), outages.clone(), request)
    }

    /// Checks that at least one process is available.
    ///
    /// # Errors
    /// [`ExecError::Ended`] if every process has ended, for example because the program cannot load
    /// its dependencies.
    pub fn check(&self) -> Result<(), ExecError> {
        match self.outages.all_until() {
            None => Ok(()),
            Some(_) => Err(ExecError::Ended { program: self.program.program().to_owned() }),
        }
    }

    /// Stops the workers gracefully. It accepts no more calls, lets each worker finish its current
    /// call, and closes the input of the processes. It returns when all processes have ended or
    /// were killed after their time limit.
    ///
    /// # Cancel safety
    /// Dropping the future kills all processes at once.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.slots.join_next().await.is_some() {}
    }
}

async fn call(
    calls: mpsc::Sender<ProgramCall>,
    outages: Arc<Outages>,
    request: Value,
) -> Result<Value, HandlerError> {
    if let Some(until) = outages.all_until() {
        let pause = until.saturating_duration_since(Instant::now());
        return Err(HandlerError::overloaded(pause.max(PAUSE)));
    }
    let (answer, answered) = oneshot::channel();
    let call = ProgramCall { question: question(&request)?, answer };
    drop(request);
    calls.try_send(call).map_err(|_| HandlerError::overloaded(PAUSE))?;
    match answered.await.unwrap_or(Err(ProgramFailure::Stopped)) {
        Ok(answer) => answer.outcome(),
        // The time limits of the process and of the call may end together. The caller receives the
        // same error in both cases.
        Err(failure @ ProgramFailure::TimedOut) => Err(HandlerError::overdue(failure)),
        Err(failure) => Err(failure.into()),
    }
}
