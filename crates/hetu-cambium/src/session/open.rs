//! Open sessions of this process.

use hetu_chain::{Address, NetUid};
use parking_lot::Mutex;

use super::id::SessionId;
use super::keys::SessionKeys;
use super::record::SessionRecord;
use super::sequence::UsedSequences;
use super::store::SequenceOutcome;
use crate::AccountId;

/// A session of one account with one miner, and the numbers that were used in it.
#[derive(Debug)]
pub(crate) struct OpenSession {
    record: SessionRecord,
    used: Mutex<UsedSequences>,
}

impl OpenSession {
    pub(super) fn new(record: SessionRecord) -> Self {
        Self { record, used: Mutex::new(UsedSequences::new()) }
    }

    pub(crate) const fn id(&self) -> SessionId {
        self.record.id
    }

    pub(crate) const fn account(&self) -> AccountId {
        self.record.account
    }

    pub(crate) const fn netuid(&self) -> NetUid {
        self.record.netuid
    }

    pub(crate) const fn recipient(&self) -> Address {
        self.record.recipient
    }

    pub(crate) const fn keys(&self) -> &SessionKeys {
        &self.record.keys
    }

    /// Returns the first second in which the session is expired.
    pub(crate) const fn expires(&self) -> u64 {
        self.record.expires
    }

    /// Records, in this process, that a number was used.
    pub(super) fn use_number(&self, number: u64) -> SequenceOutcome {
        if self.used.lock().accept(number) {
            SequenceOutcome::First
        } else {
            SequenceOutcome::Repeated
        }
    }
}
