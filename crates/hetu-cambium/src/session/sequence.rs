//! Numbers of the requests in a session. Each is accepted once, in any order within a window.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

/// Maximum distance of a request from the newest one. A caller has at most as many pending
/// requests.
pub(crate) const WINDOW: u64 = 4_096;

const WORDS: usize = (WINDOW / 64) as usize;

/// The used numbers at the miner (as in RFC 6479).
#[derive(Debug)]
pub(super) struct UsedSequences {
    highest: u64,
    /// A bit for each of the last [`WINDOW`] numbers, at its remainder.
    bits: Box<[u64; WORDS]>,
}

impl UsedSequences {
    pub(super) fn new() -> Self {
        Self { highest: 0, bits: Box::new([0; WORDS]) }
    }

    /// Records `sequence`. Returns `false` if it was used before, or is too old to be checked.
    pub(super) fn accept(&mut self, sequence: u64) -> bool {
        if sequence == 0 {
            return false;
        }
        if sequence > self.highest {
            if sequence - self.highest >= WINDOW {
                self.bits.fill(0);
            } else {
                (self.highest + 1..=sequence)
                    .for_each(|skipped| *self.word(skipped) &= !bit(skipped));
            }
            self.highest = sequence;
        } else if self.highest - sequence >= WINDOW {
            return false;
        }
        let word = self.word(sequence);
        let is_new = *word & bit(sequence) == 0;
        *word |= bit(sequence);
        is_new
    }

    fn word(&mut self, sequence: u64) -> &mut u64 {
        &mut self.bits[(sequence % WINDOW / 64) as usize]
    }
}

const fn bit(sequence: u64) -> u64 {
    1 << (sequence % 64)
}

/// The issuer of numbers at the caller. It issues no more at the same time than the miner can
/// distinguish.
#[derive(Debug)]
pub(crate) struct SequenceIssuer {
    window: u64,
    state: Mutex<IssuedSequences>,
}

#[derive(Debug)]
struct IssuedSequences {
    next: u64,
    under_way: BTreeSet<u64>,
}

/// A number that is pending until the ticket is dropped.
#[derive(Debug)]
pub(crate) struct SequenceTicket {
    number: u64,
    issuer: Arc<SequenceIssuer>,
}

impl SequenceIssuer {
    pub(crate) fn new(window: u64) -> Self {
        let state = Mutex::new(IssuedSequences { next: 1, under_way: BTreeSet::new() });
        Self { window, state }
    }

    /// Returns the next number, or `None` while the oldest pending one would fall out of the
    /// window.
    pub(crate) fn issue(self: &Arc<Self>) -> Option<SequenceTicket> {
        let mut state = self.state.lock();
        let number = state.next;
        let oldest = state.under_way.first().copied().unwrap_or(number);
        if number - oldest >= self.window {
            return None;
        }
        state.next += 1;
        state.under_way.insert(number);
        drop(state);
        Some(SequenceTicket { number, issuer: Arc::clone(self) })
    }
}

impl SequenceTicket {
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for SequenceTicket {
    fn drop(&mut self) {
        self.issuer.state.lock().under_way.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_number_counts_once_in_any_order_within_the_window() {
        let mut used = UsedSequences::new();
        assert!(!used.accept(0));
        for sequence in [3, 1, 2, 64, 63, 4_096] {
            assert!(used.accept(sequence), "{sequence}");
            assert!(!used.accept(sequence), "{sequence}");
        }
        // 1 is 4,095 behind and was used; 5 was not; 4,097 pushes 1 out of the window.
        assert!(!used.accept(1));
        assert!(used.accept(4_097));
        assert!(!used.accept(1));
        assert!(used.accept(5));
        assert!(used.accept(u64::MAX));
        assert!(!used.accept(4_098) && !used.accept(u64::MAX));
        assert!(used.accept(u64::MAX - 4_095) && !used.accept(u64::MAX - 4_096));
    }

    proptest! {
        #[test]
        fn the_window_forgets_nothing_that_it_should_know(
            numbers in proptest::collection::vec(1..20_000_u64, 0..400)
        ) {
            let mut used = UsedSequences::new();
            let mut known = BTreeSet::new();
            for number in numbers {
                let highest = known.last().copied().unwrap_or(0);
                let is_old = highest >= number && highest - number >= WINDOW;
                prop_assert_eq!(used.accept(number), !is_old && !known.contains(&number));
                if !is_old {
                    known.insert(number);
                }
            }
        }
    }

    #[test]
    fn a_caller_has_no_more_under_way_than_the_window_takes() {
        let issuer = Arc::new(SequenceIssuer::new(3));
        let first = issuer.issue().unwrap();
        let rest = [issuer.issue().unwrap(), issuer.issue().unwrap()];
        assert_eq!((first.number(), rest[1].number()), (1, 3));
        assert!(issuer.issue().is_none());
        // The end of other requests makes no room while the oldest one is pending.
        drop(rest);
        assert!(issuer.issue().is_none());
        drop(first);
        assert_eq!(issuer.issue().unwrap().number(), 4);
    }
}
