//! The candidates that need a probe, and the results of probes.

use super::candidates::Candidate;
use super::chooser::Selection;
use crate::Target;

impl Selection {
    /// Returns up to `most` candidates in need of a probe: never asked and not found yet, or
    /// tripped by failures.
    pub(crate) fn in_need_of_probe(&self, most: usize) -> Vec<Target> {
        let list = self.0.candidates();
        let start = self.0.random.below(list.candidates.len());
        let (head, tail) = list.candidates.split_at(start);
        let in_need = tail.iter().chain(head).filter(|candidate| needs_probe(candidate));
        in_need.take(most).map(|candidate| candidate.target.as_ref().clone()).collect()
    }

    /// Records the probe of a target that was in need of one.
    pub(crate) fn note_probe(&self, target: &Target, is_found: bool) {
        let list = self.0.candidates();
        let Some(candidate) = list.get(target) else { return };
        let (stats, now) = (&candidate.stats, self.0.now());
        let breaker = stats.health.breaker();
        if is_found {
            stats.tally.note_found();
            breaker.end_pause(now);
        } else if breaker.admits() && stats.tally.is_empty() {
            breaker.note_absence(self.0.random.share(), now);
        }
        self.0.aggregate.look(&list, now);
    }
}

fn needs_probe(candidate: &Candidate) -> bool {
    let (stats, breaker) = (&candidate.stats, candidate.stats.health.breaker());
    let is_new = stats.tally.is_unknown() && stats.load.in_flight() == 0;
    let is_tripped = !breaker.admits() && !breaker.is_distrusted();
    is_new || is_tripped
}
