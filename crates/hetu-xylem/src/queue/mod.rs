//! Where calls wait until there is room for one more at work.

mod line;
mod metrics;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) use line::Urgency;
use line::{Line, Place};
pub(crate) use metrics::QueueMetrics;

use crate::{RateKey, WorkLimits};

/// Lets a bounded number of calls work, has a bounded number wait, the most urgent first, and
/// turns the rest away.
#[derive(Clone, Debug)]
pub(crate) struct WorkQueue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    metrics: QueueMetrics,
}

#[derive(Debug)]
struct State {
    limits: WorkLimits,
    at_work: usize,
    /// How many calls of a caller are at work or wait; nobody has none.
    callers: HashMap<RateKey, usize>,
    line: Line<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    caller: RateKey,
    turn: oneshot::Sender<Slot>,
}

/// Why a call is not taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    /// The caller has as many calls under way as it may.
    CallerIsBusy,
    /// Others are more urgent, and there is no room to wait.
    NoRoom,
}

/// The right to work. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Nothing once the right was given back.
    queue: Option<WorkQueue>,
    caller: RateKey,
}

/// A call that works or waits. Dropping it leaves the queue.
#[derive(Debug)]
pub(crate) struct Turn<'a>(Entered<'a>);

#[derive(Debug)]
enum Entered<'a> {
    AtOnce(Slot),
    InLine(InLine<'a>, oneshot::Receiver<Slot>),
}

impl WorkQueue {
    pub(crate) fn new(metrics: QueueMetrics) -> Self {
        let state = State {
            limits: WorkLimits::default(),
            at_work: 0,
            callers: HashMap::new(),
            line: Line::new(),
        };
        Self(Arc::new(Shared { state: Mutex::new(state), metrics }))
    }

    /// Changes the bounds. Calls that are at work or wait go on.
    pub(crate) fn bound(&self, limits: WorkLimits) {
        let mut state = self.lock();
        state.limits = limits;
        self.call_the_next(state);
    }

    /// Takes a call into the queue, to work or to wait. How urgent it is matters only if it has to
    /// wait.
    pub(crate) fn join(
        &self,
        caller: RateKey,
        urgency: impl FnOnce() -> Urgency,
    ) -> Result<Turn<'_>, TurnedAway> {
        Ok(Turn(match self.begin_at_once(caller)? {
            Some(slot) => Entered::AtOnce(slot),
            None => self.wait_in_line(caller, urgency())?,
        }))
    }

    fn begin_at_once(&self, caller: RateKey) -> Result<Option<Slot>, TurnedAway> {
        let mut state = self.lock();
        if !state.has_room() || !state.line.is_empty() {
            return Ok(None);
        }
        state.count(caller)?;
        state.at_work += 1;
        self.show(&state);
        Ok(Some(Slot { queue: Some(self.clone()), caller }))
    }

    fn wait_in_line(&self, caller: RateKey, urgency: Urgency) -> Result<Entered<'_>, TurnedAway> {
        let arrived = Instant::now();
        let mut state = self.lock();
        state.count(caller)?;
        let (turn, called) = oneshot::channel();
        let place = state.line.join(urgency, arrived, Waiting { caller, turn });
        // Whoever is turned away learns of it by the drop of its sender.
        let turned_away =
            if state.line.len() > state.limits.queue { state.line.last() } else { None };
        if let Some((_, waiting)) = &turned_away {
            state.uncount(waiting.caller);
        }
        self.show(&state);
        drop(state);
        if turned_away.is_some_and(|(last, _)| last == place) {
            return Err(TurnedAway::NoRoom);
        }
        // Room may have come since it was looked for.
        self.call_the_next(self.lock());
        Ok(Entered::InLine(InLine { queue: self, caller, place, arrived }, called))
    }

    /// Calls those who wait for as long as there is room.
    fn call_the_next<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        loop {
            let next = if state.has_room() { state.line.first() } else { None };
            let Some(Waiting { caller, turn }) = next else {
                self.show(&state);
                return;
            };
            state.at_work += 1;
            drop(state);
            let unheard = turn.send(Slot { queue: Some(self.clone()), caller });
            state = self.lock();
            if let Err(mut slot) = unheard {
                // Whoever waited went away at this moment.
                slot.queue = None;
                state.finish(caller);
            }
        }
    }

    fn leave(&self, place: Place, caller: RateKey) {
        let mut state = self.lock();
        let waiting = state.line.leave(place);
        if waiting.is_some() {
            state.uncount(caller);
            self.show(&state);
        }
    }

    fn show(&self, state: &State) {
        self.0.metrics.show(state.at_work, state.line.len());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics between two related changes.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.at_work < self.limits.at_once.max(1)
    }

    fn finish(&mut self, caller: RateKey) {
        self.at_work -= 1;
        self.uncount(caller);
    }

    fn count(&mut self, caller: RateKey) -> Result<(), TurnedAway> {
        let under_way = self.callers.entry(caller).or_default();
        if *under_way >= self.limits.at_once_per_caller.max(1) {
            return Err(TurnedAway::CallerIsBusy);
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

impl Turn<'_> {
    /// Waits for the right to work. The caller of this bounds the time.
    ///
    /// Cancel safety: a call that no longer waits leaves the line.
    pub(crate) async fn come(self) -> Result<Slot, TurnedAway> {
        let (slot, waited) = match self.0 {
            Entered::AtOnce(slot) => (slot, Duration::ZERO),
            Entered::InLine(in_line, turn) => {
                let slot = turn.await;
                // It is no longer in line, whether it was called or turned away.
                let waited = in_line.arrived.elapsed();
                drop(in_line);
                (slot.map_err(|_| TurnedAway::NoRoom)?, waited)
            }
        };
        if let Some(queue) = &slot.queue {
            queue.0.metrics.waited(waited);
        }
        Ok(slot)
    }
}

/// Somebody who waits; dropping it leaves the line.
#[derive(Debug)]
struct InLine<'a> {
    queue: &'a WorkQueue,
    caller: RateKey,
    place: Place,
    arrived: Instant,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.queue.leave(self.place, self.caller);
    }
}

impl Drop for Slot {
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
