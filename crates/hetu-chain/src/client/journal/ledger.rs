//! The state that results from the records of a journal.

use std::collections::{BTreeMap, VecDeque};

use super::record::{JournalRecord, Settlement, SignedRecord};
use crate::TxHash;

/// The number of finished calls with a key that are remembered. The oldest are removed first.
const REMEMBERED_KEYS: usize = 10_000;

/// The unsettled transactions, and the finished ones with a key.
#[derive(Debug, Default)]
pub(super) struct JournalLedger {
    waiting: BTreeMap<(u64, TxHash), SignedRecord>,
    finished: VecDeque<SignedRecord>,
    /// The number of lines in the file that are no longer needed.
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

    /// Removes the transaction, even if it is remembered for its key.
    fn remove(&mut self, hash: TxHash) {
        let known = self.waiting.len() + self.finished.len();
        self.waiting.retain(|(_, waiting), _| *waiting != hash);
        self.finished.retain(|finished| finished.hash != hash);
        let removed = known - self.waiting.len() - self.finished.len();
        self.superseded += 1 + 2 * removed;
    }

    /// Returns the finished transactions with remembered keys.
    pub(super) fn finished(&self) -> impl Iterator<Item = &SignedRecord> {
        self.finished.iter()
    }

    /// Returns the unsettled transactions, ordered by nonce.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &SignedRecord> {
        self.waiting.values()
    }

    pub(super) fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the transaction that was sent under this key, or `None` if it was replaced or
    /// refused.
    pub(super) fn with_key(&self, key: &str) -> Option<&SignedRecord> {
        let has_key =
            |record: &&SignedRecord| record.key.as_deref() == Some(key) && !record.cancels;
        self.finished.iter().rfind(has_key).or_else(|| self.waiting().find(has_key))
    }

    pub(super) const fn superseded(&self) -> usize {
        self.superseded
    }

    /// Notes that the file now holds the minimum number of records.
    pub(super) const fn note_condensed(&mut self) {
        self.superseded = 0;
    }

    /// Returns the minimum number of records with the same content.
    pub(super) fn condensed(&self) -> Vec<JournalRecord> {
        let finished = self.finished.iter().flat_map(|record| {
            let settled =
                JournalRecord::Settled { hash: record.hash, outcome: Settlement::Included };
            [JournalRecord::Signed(record.clone()), settled]
        });
        finished.chain(self.waiting().cloned().map(JournalRecord::Signed)).collect()
    }
}
