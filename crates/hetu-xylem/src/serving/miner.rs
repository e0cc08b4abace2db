//! Everything that answering a request takes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hetu_cambium::server::RequestPipeline;
use hetu_cambium::{Service, SessionOffer};
use hetu_chain::Clock;
use tokio::sync::watch;

use super::call_metrics::CallMetrics;
use super::documents::Documents;
use super::failed_proofs::FailedProofs;
use super::service_table::ServiceTable;
use super::unverified::UnverifiedBudget;
use crate::hooks::Hooks;
use crate::policy::{CurrentPolicy, PolicyWatch};
use crate::queue::WorkQueue;
use crate::registered::RegisteredCallers;
use crate::registration::RegistrationState;
use crate::{RateLimiter, RoleSource, ServerLimits};

/// Whether a store outside of the process answered lately.
pub(crate) type StoreAnswers = Box<dyn Fn() -> bool + Send + Sync>;

/// Everything that answering a request takes. Shared by all connections.
pub(crate) struct Miner {
    pub(crate) services: ServiceTable,
    pub(crate) documents: Documents,
    /// The checks of signed requests and the signatures of replies.
    pub(crate) pipeline: RequestPipeline,
    pub(crate) policy: Arc<CurrentPolicy>,
    /// Keeps the policy up to date for as long as the miner is there.
    pub(crate) policy_watch: Option<PolicyWatch>,
    pub(crate) rates: Arc<dyn RateLimiter>,
    /// For accounts without a role.
    pub(crate) other_rates: Arc<dyn RateLimiter>,
    /// For unsigned calls.
    pub(crate) open_rates: Arc<dyn RateLimiter>,
    pub(crate) hooks: Hooks,
    pub(crate) queue: WorkQueue,
    pub(crate) metrics: CallMetrics,
    pub(crate) roster: Arc<dyn RoleSource>,
    pub(crate) registered: RegisteredCallers,
    pub(crate) failed_proofs: FailedProofs,
    /// Whether the store that replicas share answers, if there is one.
    pub(crate) store_answers: Option<StoreAnswers>,
    /// The miner's place on chain, if it is to have one.
    pub(crate) registration: Option<watch::Receiver<RegistrationState>>,
    pub(crate) unverified: UnverifiedBudget,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: ServerLimits,
    pub(crate) is_stopping: AtomicBool,
}

impl Miner {
    pub(super) fn offers(&self, name: &str) -> bool {
        self.services.contains(name)
            || (name == SessionOffer::NAME && self.pipeline.verifier().takes_sessions())
    }
}

impl fmt::Debug for Miner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Miner")
            .field("services", &self.services)
            .field("hooks", &self.hooks)
            .field("follows_policy_file", &self.policy_watch.is_some())
            .finish_non_exhaustive()
    }
}
