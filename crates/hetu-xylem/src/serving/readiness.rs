//! The readiness of a running miner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hetu_chain::Address;
use tokio::sync::watch;

use crate::registration::{Readiness, RegistrationState};
use crate::roles::RoleSource;

/// Returns `true` if the store that replicas share answered when it was last asked.
pub(crate) type StoreAnswers = Box<dyn Fn() -> bool + Send + Sync>;

/// The sources of readiness.
pub(crate) struct ReadinessState {
    pub(crate) address: Address,
    pub(crate) roles: Arc<dyn RoleSource>,
    /// `None` where replicas share no store.
    pub(crate) store_answers: Option<StoreAnswers>,
    /// `None` for a miner without a registration.
    pub(crate) registration: Option<watch::Receiver<RegistrationState>>,
    pub(crate) is_stopping: AtomicBool,
}

impl ReadinessState {
    /// The readiness now, or the first reason against it.
    pub(super) fn current(&self) -> Readiness {
        if self.is_stopping.load(Ordering::Acquire) {
            return Readiness::Stopping;
        }
        if self.roles.serves_other_chain() {
            return Readiness::OtherChain;
        }
        if self.roles.role_of(self.address).is_err() {
            return Readiness::RolesUnknown;
        }
        if self.store_answers.as_ref().is_some_and(|answers| !answers()) {
            return Readiness::StoreUnavailable;
        }
        self.registration.as_ref().map_or(Readiness::Ready, |state| (*state.borrow()).into())
    }

    pub(super) fn mark_stopping(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }
}
