//! The workers that currently have no process.

use parking_lot::Mutex;
use tokio::time::Instant;

/// The workers that have no process, with the end of each outage.
#[derive(Debug)]
pub(super) struct Outages(Mutex<Vec<Option<Instant>>>);

impl Outages {
    pub(super) fn new(workers: usize) -> Self {
        Self(Mutex::new(vec![None; workers]))
    }

    pub(super) fn begin(&self, worker: usize, until: Instant) {
        self.set(worker, Some(until));
    }

    pub(super) fn end(&self, worker: usize) {
        self.set(worker, None);
    }

    /// Returns the first end of an outage if no worker has a process, and `None` otherwise.
    pub(super) fn all_until(&self) -> Option<Instant> {
        let workers = self.0.lock();
        let until = workers.iter().copied().collect::<Option<Vec<_>>>()?;
        until.into_iter().min()
    }

    fn set(&self, worker: usize, until: Option<Instant>) {
        if let Some(entry) = self.0.lock().get_mut(worker) {
            *entry = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_when_nobody_is_left_there_is_an_outage() {
        let now = Instant::now();
        let outages = Outages::new(2);
        outages.begin(0, now + Duration::from_secs(30));
        assert_eq!(outages.all_until(), None);
        outages.begin(1, now + Duration::from_secs(10));
        assert_eq!(outages.all_until(), Some(now + Duration::from_secs(10)));
        outages.end(0);
        assert_eq!(outages.all_until(), None);
    }
}
