//! The policy of a miner, set in code or read from a file.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use tokio::task::JoinSet;

use crate::error::XylemError;
use crate::policy::{CurrentPolicy, Policy, PolicyFile, PolicyMetrics, follow_policy_file};
use crate::queue::{QueueMetrics, WorkQueue};

/// The policy of a miner, set in code or read from a file.
#[derive(Clone, Debug, Default)]
pub(super) struct PolicySource {
    pub(super) given: Policy,
    /// The file of the policy, which overrides the policy set in code.
    pub(super) file: Option<PolicyFile>,
}

/// The policy in effect, and the queue bounded by it.
pub(super) struct OpenPolicy {
    pub(super) current: Arc<CurrentPolicy>,
    pub(super) queue: WorkQueue,
    first: Policy,
    file: Option<PolicyFile>,
    metrics: PolicyMetrics,
}

impl PolicySource {
    pub(super) async fn open(self, registry: &mut Registry) -> Result<OpenPolicy, XylemError> {
        let Self { given, file } = self;
        let first = match &file {
            Some(file) => file.read().await?,
            None => given,
        };
        let queue = WorkQueue::new(QueueMetrics::registered_in(registry));
        let current = Arc::new(CurrentPolicy::new(first.clone(), queue.clone()));
        let metrics = PolicyMetrics::registered_in(registry);
        Ok(OpenPolicy { current, queue, first, file, metrics })
    }
}

impl OpenPolicy {
    /// Follows the file, if there is one, in a task of `background`.
    pub(super) fn follow(self, background: &mut JoinSet<()>) {
        if let Some(file) = self.file {
            background.spawn(follow_policy_file(file, self.first, self.current, self.metrics));
        }
    }
}
