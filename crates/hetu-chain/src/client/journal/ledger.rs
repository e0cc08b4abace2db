//! What the records of a journal add up to.

use std::collections::{BTreeMap, VecDeque};

use super::record::{JournalRecord, Settlement, SignedRecord};
use crate::TxHash;

/// How many finished calls with a key are remembered; the oldest are forgotten first.
const REMEMBERED_KEYS: usize = 10_000;

/// The transactions that are not settled, and the finished ones that have a key.
#[derive(Debug, Default)]
pub(super) struct JournalLedger {
    waiting: BTreeMap<(u64, TxHash), SignedRecord>,
    finished: VecDeque<SignedRecord>,
    /// How many lines a file needs less than it has.
    superseded: usize,
}

impl JournalLedger {
    pub(super) fn apply(&mut self, record: JournalRecord) {
        match record {
            JournalRecord::Signed(signed) => {
                self.waiting.insert((signed.nonce, signed.hash), signed);
            }
            JournalRecord::Settled { hash, outcome } => self.settle(hash, outcome),
        }
    }

    fn settle(&mut self, hash: TxHash, outcome: Settlement) {
        if matches!(outcome, Settlement::Forgotten | Settlement::Moved) {
            return self.remove(hash);
        }
        let place = self.waiting.keys().find(|(_, waiting)| *waiting == hash).copied();
        self.superseded += 1;
        let Some(settled) = place.and_then(|place| self.waiting.remove(&place)) else {
            return;
        };
        if outcome != Settlement::Included || settled.key.is_none() || settled.cancels {
            self.superseded += 1;
            return;
        }
        self.finished.push_back(settled);
        if self.finished.len() > REMEMBERED_KEYS {
            self.finished.pop_front();
            self.superseded += 2;
        }
    }

    /// Removes the transaction, also one that is remembered for its key.
    fn remove(&mut self, hash: TxHash) {
        let known = self.waiting.len() + self.finished.len();
        self.waiting.retain(|(_, waiting), _| *waiting != hash);
        self.finished.retain(|finished| finished.hash != hash);
        let removed = known - self.waiting.len() - self.finished.len();
        self.superseded += 1 + 2 * removed;
    }

    /// The finished transactions whose keys are remembered.
    pub(super) fn finished(&self) -> impl Iterator<Item = &SignedRecord> {
        self.finished.iter()
    }

    /// The unsettled transactions, by nonce.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &SignedRecord> {
        self.waiting.values()
    }

    pub(super) fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// The transaction that was sent under this key, unless it came to nothing.
    pub(super) fn with_key(&self, key: &str) -> Option<&SignedRecord> {
        let has_key =
            |record: &&SignedRecord| record.key.as_deref() == Some(key) && !record.cancels;
        self.finished.iter().rfind(has_key).or_else(|| self.waiting().find(has_key))
    }

    pub(super) const fn superseded(&self) -> usize {
        self.superseded
    }

    /// The file holds the fewest records now.
    pub(super) const fn note_condensed(&mut self) {
        self.superseded = 0;
    }

    /// The fewest records that say the same.
    pub(super) fn condensed(&self) -> Vec<JournalRecord> {
        let finished = self.finished.iter().flat_map(|record| {
            let settled =
                JournalRecord::Settled { hash: record.hash, outcome: Settlement::Included };
            [JournalRecord::Signed(record.clone()), settled]
        });
        finished.chain(self.waiting().cloned().map(JournalRecord::Signed)).collect()
    }
}
