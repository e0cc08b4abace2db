//! Limits on concurrent signature checks.
//!
//! A check runs up to ten million gas on the operator's node, for a request that is not yet
//! authenticated. Only a few checks run at once, and only one for each source. A peer that sends
//! expensive signatures therefore delays itself, and uses a small part of the queue that others
//! share.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::identity::{CheckSource, ContractSignatureError};

/// The number of checks that may wait, for each that may run.
const WAITING_FOR_EACH: usize = 8;
/// The number of checks of one source that may run or wait. Without this limit, one source could
/// use all places and cause the checks of all others to be refused.
const PLACES_OF_SOURCE: usize = 8;

/// The queue of checks.
#[derive(Debug)]
pub(super) struct CheckTurns {
    /// The permits of checks that run or wait.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// The turns of sources with a running or waiting check.
    sources: Mutex<HashMap<CheckSource, Weak<SourceTurns>>>,
}

/// The turns of one source.
#[derive(Debug)]
struct SourceTurns {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// The permission to run a check, until it is dropped.
#[derive(Debug)]
pub(super) struct CheckTurn {
    _running: OwnedSemaphorePermit,
    _of_source: Option<SourceTurn>,
    _admitted: OwnedSemaphorePermit,
}

/// The permission to run the one check of a source. It keeps the turns of the source in the table.
#[derive(Debug)]
struct SourceTurn {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
    _turns: Arc<SourceTurns>,
}

impl CheckTurns {
    /// Creates a queue for at most `limit` concurrent checks.
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, 1_024);
        Self {
            admitted: Arc::new(Semaphore::new(limit * (1 + WAITING_FOR_EACH))),
            running: Arc::new(Semaphore::new(limit)),
            sources: Mutex::default(),
        }
    }

    /// Waits for a turn, after other checks of the same source.
    pub(super) async fn turn(
        &self,
        source: Option<CheckSource>,
    ) -> Result<CheckTurn, ContractSignatureError> {
        let turns = source.map(|source| self.of_source(source));
        // Acquire the source's place first: a source without a free place must not use a shared
        // place.
        let place = turns.as_ref().map(|turns| admitted(&turns.admitted)).transpose()?;
        let admitted = admitted(&self.admitted)?;
        let of_source = match turns.zip(place) {
            Some((turns, place)) => {
                let running = acquired(Arc::clone(&turns.running)).await?;
                Some(SourceTurn { _running: running, _admitted: place, _turns: turns })
            }
            None => None,
        };
        let running = acquired(Arc::clone(&self.running)).await?;
        Ok(CheckTurn { _running: running, _of_source: of_source, _admitted: admitted })
    }

    fn of_source(&self, source: CheckSource) -> Arc<SourceTurns> {
        let mut sources = self.sources.lock();
        // The table keeps only sources with an admitted check.
        sources.retain(|_, turn| turn.strong_count() > 0);
        sources.get(&source).and_then(Weak::upgrade).unwrap_or_else(|| {
            let turns = Arc::new(SourceTurns {
                admitted: Arc::new(Semaphore::new(PLACES_OF_SOURCE)),
                running: Arc::new(Semaphore::new(1)),
            });
            sources.insert(source, Arc::downgrade(&turns));
            turns
        })
    }
}

fn admitted(semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ContractSignatureError> {
    Arc::clone(semaphore).try_acquire_owned().map_err(|_| busy())
}

async fn acquired(
    semaphore: Arc<Semaphore>,
) -> Result<OwnedSemaphorePermit, ContractSignatureError> {
    semaphore.acquire_owned().await.map_err(|_| busy())
}

fn busy() -> ContractSignatureError {
    let reason = "too many signatures of contracts are being checked".into();
    ContractSignatureError::Unavailable { reason }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::Retryable;

    fn source(number: u8) -> Option<CheckSource> {
        Some(CheckSource::of(&[number]))
    }

    #[tokio::test]
    async fn one_source_has_one_turn_and_others_have_theirs() {
        let turns = CheckTurns::new(8);
        let first = turns.turn(source(1)).await.unwrap();
        assert!(turns.turn(source(1)).now_or_never().is_none(), "it waits for itself");
        let other = turns.turn(source(2)).now_or_never().unwrap().unwrap();
        let unnamed = turns.turn(None).now_or_never().unwrap().unwrap();
        drop(first);
        turns.turn(source(1)).now_or_never().unwrap().unwrap();
        drop((other, unnamed));
        turns.turn(source(3)).await.unwrap();
        assert!(turns.sources.lock().len() <= 1, "what ended is forgotten");
    }

    #[tokio::test]
    async fn source_with_many_checks_leaves_places_to_others() {
        let turns = Arc::new(CheckTurns::new(1));
        let first = turns.turn(source(1)).await.unwrap();
        let waiting: Vec<_> = (1..PLACES_OF_SOURCE)
            .map(|_| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move { turns.turn(source(1)).await.is_ok() })
            })
            .collect();
        while turns.admitted.available_permits() > 1 {
            tokio::task::yield_now().await;
        }
        assert!(turns.turn(source(1)).now_or_never().unwrap().is_err(), "all its places are taken");
        let other = turns.turn(source(2));
        drop(first);
        for waited in waiting {
            assert!(waited.await.unwrap());
        }
        other.await.unwrap();
    }

    #[tokio::test]
    async fn more_checks_than_may_wait_are_refused_at_once() {
        let turns = Arc::new(CheckTurns::new(2));
        let mut held = Vec::new();
        for number in 0..2 {
            held.push(turns.turn(source(number)).await.unwrap());
        }
        let waiting: Vec<_> = (2..18)
            .map(|number| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move { turns.turn(source(number)).await.is_ok() })
            })
            .collect();
        while turns.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = turns.turn(source(99)).now_or_never().unwrap();
        assert!(refused.is_err_and(|error| error.retryability().is_retryable()));
        drop(held);
        for waited in waiting {
            assert!(waited.await.unwrap());
        }
    }
}
