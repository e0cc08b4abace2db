//! The readiness of a running miner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hetu_chain::Address;
use tokio::sync::watch;

use crate::registration::{Readiness, RegistrationState};
use crate::roles::RoleSource;

/// A function that returns `true` if the shared store answered its last check.
pub(crate) type StoreAnswers = Box<dyn Fn() -> bool + Send + Sync>;

/// The sources of readiness.
pub(crate) struct ReadinessState {
    pub(crate) address: Address,
    pub(crate) roles: Arc<dyn RoleSource>,
    /// The state of the shared store, or `None` without one.
    pub(crate) store_answers: Option<StoreAnswers>,
    /// The state of the registration, or `None` for a miner without a registration.
    pub(crate) registration: Option<watch::Receiver<RegistrationState>>,
    pub(crate) is_stopping: AtomicBool,
}

impl ReadinessState {
    /// Returns the current readiness, or the first reason why the miner is not ready.
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
