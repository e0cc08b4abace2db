//! The policy that holds now, and the file that changes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{Policy, PolicyFileError, file};
use crate::metrics::Label;
use crate::queue::WorkQueue;

/// A file that holds the policy and is looked at again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    path: PathBuf,
    interval: Duration,
}

impl PolicyFile {
    /// The file at `path`, looked at every two seconds.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), interval: Duration::from_secs(2) }
    }

    /// Looks at the file every `interval`, and not more often than every 10 ms.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_millis(10));
        self
    }

    /// The policy in the file now.
    ///
    /// # Errors
    /// [`PolicyFileError`] says what is wrong with it.
    pub async fn read(&self) -> Result<Policy, PolicyFileError> {
        Policy::from_toml(&read(&self.path).await?)
    }
}

impl<P: Into<PathBuf>> From<P> for PolicyFile {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}

async fn read(path: &Path) -> Result<String, PolicyFileError> {
    let owned = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || file::read(&owned));
    reading.await.unwrap_or_else(|error| {
        Err(PolicyFileError::Unreadable { path: path.to_owned(), source: error.into() })
    })
}

/// How often the policy was replaced, and how often that failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyMetrics {
    reloads: Family<Label, Counter>,
}

impl PolicyMetrics {
    pub(crate) fn registered_in(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "policy_reloads",
            "Changes of the policy's file that were applied or refused",
            metrics.reloads.clone(),
        );
        metrics
    }

    fn count(&self, outcome: &'static str) {
        self.reloads.get_or_create(&[("outcome", outcome)]).inc();
    }
}

/// The policy that holds now.
#[derive(Debug)]
pub(crate) struct CurrentPolicy {
    policy: ArcSwap<Policy>,
    queue: WorkQueue,
}

impl CurrentPolicy {
    /// `policy`, which also bounds `queue`.
    pub(crate) fn new(policy: Policy, queue: WorkQueue) -> Self {
        queue.bound(policy.work());
        Self { policy: ArcSwap::from_pointee(policy), queue }
    }

    pub(crate) fn load(&self) -> Guard<Arc<Policy>> {
        self.policy.load()
    }

    pub(crate) fn replace(&self, policy: Policy) {
        self.queue.bound(policy.work());
        self.policy.store(Arc::new(policy));
    }
}

/// Replaces `current` whenever the file holds another policy than the last that it held, at first
/// `known`. Never ends.
pub(crate) async fn follow_policy_file(
    file: PolicyFile,
    mut known: Policy,
    current: Arc<CurrentPolicy>,
    metrics: PolicyMetrics,
) {
    let mut ticks = interval_at(Instant::now() + file.interval, file.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told: Option<String> = None;
    loop {
        ticks.tick().await;
        match file.read().await {
            Ok(policy) => {
                told = None;
                if policy != known {
                    tracing::info!(path = %file.path.display(), "the policy changed");
                    metrics.count("applied");
                    current.replace(policy.clone());
                    known = policy;
                }
            }
            Err(error) => {
                // A mistake that stays is told once and not at every look.
                let error = error.to_string();
                if told.as_ref() != Some(&error) {
                    let path = file.path.display();
                    tracing::error!(%path, error, "the policy stays as it was: the file is no policy");
                    metrics.count("refused");
                    told = Some(error);
                }
            }
        }
    }
}
