//! Whether the miner is ready.

use std::sync::atomic::Ordering;

use super::Miner;
use crate::Readiness;

impl Miner {
    pub(super) fn readiness(&self) -> Readiness {
        if self.is_stopping.load(Ordering::Acquire) {
            return Readiness::Stopping;
        }
        if self.roster.serves_other_chain() {
            return Readiness::OtherChain;
        }
        if self.roster.standing(self.pipeline.replies().address()).is_err() {
            return Readiness::RolesUnknown;
        }
        if self.store_answers.as_ref().is_some_and(|answers| !answers()) {
            return Readiness::StoreUnavailable;
        }
        self.registration.as_ref().map_or(Readiness::Ready, |state| (*state.borrow()).into())
    }

    pub(super) fn tell_of_stopping(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }
}
