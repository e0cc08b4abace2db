//! The policy in effect, and the file that changes it.

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

/// A policy file that is polled for changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    path: PathBuf,
    interval: Duration,
}

impl PolicyFile {
    /// Uses the file at `path`, polled every two seconds.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), interval: Duration::from_secs(2) }
    }

    /// Sets the poll interval, at least 10 ms.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_millis(10));
        self
    }

    /// Reads the current policy in the file.
    ///
    /// # Errors
    /// [`PolicyFileError`] with the cause.
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

/// The metrics of policy changes: replacements and failures.
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

/// The policy in effect.
#[derive(Debug)]
pub(crate) struct CurrentPolicy {
    policy: ArcSwap<Policy>,
    queue: WorkQueue,
}

impl CurrentPolicy {
    /// Creates the policy in effect. `policy` also sets the limits of `queue`.
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

/// Replaces `current` whenever the policy in the file differs from the last one, which is initially
/// `known`. Never returns.
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
                // A persistent error is logged once, not at every poll.
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
