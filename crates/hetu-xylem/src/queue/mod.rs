//! The queue in which calls wait for a free slot.

mod limits;
mod line;
mod metrics;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use hetu_cambium::{Reason, Refusal};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub use limits::WorkLimits;
pub(crate) use line::Urgency;
use line::{LinePosition, WaitingLine};
pub(crate) use metrics::QueueMetrics;

use crate::rates::RateKey;

/// The `Retry-After` of a call that is refused.
const PAUSE: Duration = Duration::from_secs(1);

/// A queue with a bounded number of running calls and a bounded number of waiting calls, most
/// urgent first. It refuses further calls.
#[derive(Clone, Debug)]
pub(crate) struct WorkQueue(Arc<SharedQueue>);

#[derive(Debug)]
struct SharedQueue {
    state: Mutex<QueueState>,
    metrics: QueueMetrics,
}

#[derive(Debug)]
struct QueueState {
    limits: WorkLimits,
    at_work: usize,
    /// The number of running and waiting calls of each caller. A caller without calls has no entry.
    callers: HashMap<RateKey, usize>,
    line: WaitingLine<WaitingCall>,
}

#[derive(Debug)]
struct WaitingCall {
    caller: RateKey,
    slot: oneshot::Sender<WorkSlot>,
}

/// The reason why the queue refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueueRefusal {
    /// A caller that has reached its number of calls.
    CallerIsBusy,
    /// A full queue of more urgent calls.
    NoRoom,
}

impl From<QueueRefusal> for Refusal {
    fn from(refusal: QueueRefusal) -> Self {
        let (reason, detail) = match refusal {
            QueueRefusal::CallerIsBusy => {
                (Reason::RateLimited, "the caller has too many calls under way")
            }
            QueueRefusal::NoRoom => (Reason::Overloaded, "too many calls wait already"),
        };
        Self::new(reason, detail).with_retry_after(PAUSE)
    }
}

/// The right to run a call. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct WorkSlot {
    /// The queue, or `None` once the right was returned.
    queue: Option<WorkQueue>,
    caller: RateKey,
}

/// A running or waiting call. Dropping it leaves the queue.
#[derive(Debug)]
pub(crate) struct QueuedCall<'a>(Entered<'a>);

#[derive(Debug)]
enum Entered<'a> {
    AtOnce(WorkSlot),
    InLine(InLine<'a>, oneshot::Receiver<WorkSlot>),
}

impl WorkQueue {
    pub(crate) fn new(metrics: QueueMetrics) -> Self {
        let state = QueueState {
            limits: WorkLimits::default(),
            at_work: 0,
            callers: HashMap::new(),
            line: WaitingLine::new(),
        };
        Self(Arc::new(SharedQueue { state: Mutex::new(state), metrics }))
    }

    /// Changes the bounds. Running and waiting calls continue.
    pub(crate) fn bound(&self, limits: WorkLimits) {
        let mut state = self.lock();
        state.limits = limits;
        self.call_the_next(state);
    }

    /// Adds a call to the queue, to run or to wait. The urgency is computed only if the call has to
    /// wait.
    pub(crate) fn join(
        &self,
        caller: RateKey,
        urgency: impl FnOnce() -> Urgency,
    ) -> Result<QueuedCall<'_>, QueueRefusal> {
        Ok(QueuedCall(match self.begin_at_once(caller)? {
            Some(slot) => Entered::AtOnce(slot),
            None => self.wait_in_line(caller, urgency())?,
        }))
    }

    fn begin_at_once(&self, caller: RateKey) -> Result<Option<WorkSlot>, QueueRefusal> {
        let mut state = self.lock();
        if !state.has_room() || !state.line.is_empty() {
            return Ok(None);
        }
        state.count(caller)?;
        state.at_work += 1;
        self.show(&state);
        Ok(Some(WorkSlot { queue: Some(self.clone()), caller }))
    }

    fn wait_in_line(&self, caller: RateKey, urgency: Urgency) -> Result<Entered<'_>, QueueRefusal> {
        let arrived = Instant::now();
        let mut state = self.lock();
        state.count(caller)?;
        let (slot, called) = oneshot::channel();
        let position = state.line.join(urgency, arrived, WaitingCall { caller, slot });
        // The drop of its sender notifies a refused call.
        let turned_away =
            if state.line.len() > state.limits.queue { state.line.last() } else { None };
        if let Some((_, waiting)) = &turned_away {
            state.uncount(waiting.caller);
        }
        self.show(&state);
        drop(state);
        if turned_away.is_some_and(|(last, _)| last == position) {
            return Err(QueueRefusal::NoRoom);
        }
        // A slot may have become free since the check.
        self.call_the_next(self.lock());
        Ok(Entered::InLine(InLine { queue: self, caller, position, arrived }, called))
    }

    /// Gives free slots to the next waiting calls.
    fn call_the_next<'a>(&'a self, mut state: MutexGuard<'a, QueueState>) {
        loop {
            let next = if state.has_room() { state.line.first() } else { None };
            let Some(WaitingCall { caller, slot }) = next else {
                self.show(&state);
                return;
            };
            state.at_work += 1;
            drop(state);
            let unheard = slot.send(WorkSlot { queue: Some(self.clone()), caller });
            state = self.lock();
            if let Err(mut slot) = unheard {
                // The waiting call was dropped at this moment.
                slot.queue = None;
                state.finish(caller);
            }
        }
    }

    fn leave(&self, position: LinePosition, caller: RateKey) {
        let mut state = self.lock();
        let waiting = state.line.leave(position);
        if waiting.is_some() {
            state.uncount(caller);
            self.show(&state);
        }
    }

    fn show(&self, state: &QueueState) {
        self.0.metrics.show(state.at_work, state.line.len());
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.0.state.lock()
    }
}

impl QueueState {
    fn has_room(&self) -> bool {
        self.at_work < self.limits.at_once.max(1)
    }

    fn finish(&mut self, caller: RateKey) {
        self.at_work -= 1;
        self.uncount(caller);
    }

    fn count(&mut self, caller: RateKey) -> Result<(), QueueRefusal> {
        let under_way = self.callers.entry(caller).or_default();
        if *under_way >= self.limits.at_once_per_caller.max(1) {
            return Err(QueueRefusal::CallerIsBusy);
        }
        *under_way += 1;
        Ok(())
    }

    fn uncount(&mut self, caller: RateKey) {
        if let Entry::Occupied(mut entry) = self.callers.entry(caller) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

impl QueuedCall<'_> {
    /// Waits for the right to run. The caller of this function bounds the time.
    ///
    /// # Cancel safety
    /// A dropped call leaves the queue.
    pub(crate) async fn slot(self) -> Result<WorkSlot, QueueRefusal> {
        let (slot, waited) = match self.0 {
            Entered::AtOnce(slot) => (slot, Duration::ZERO),
            Entered::InLine(in_line, slot) => {
                let slot = slot.await;
                // The call has left the queue: it has a slot or was refused.
                let waited = in_line.arrived.elapsed();
                drop(in_line);
                (slot.map_err(|_| QueueRefusal::NoRoom)?, waited)
            }
        };
        if let Some(queue) = &slot.queue {
            queue.0.metrics.waited(waited);
        }
        Ok(slot)
    }
}

/// A waiting call. Dropping it leaves the queue.
#[derive(Debug)]
struct InLine<'a> {
    queue: &'a WorkQueue,
    caller: RateKey,
    position: LinePosition,
    arrived: Instant,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.queue.leave(self.position, self.caller);
    }
}

impl Drop for WorkSlot {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            let mut state = queue.lock();
            state.finish(self.caller);
            queue.call_the_next(state);
        }
    }
}

#[cfg(test)]
mod tests;
