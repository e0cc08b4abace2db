//! A task that probes miners that receive no requests.

use std::future::Future;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::{Router, Target};

/// The maximum number of miners that are probed in one round, and at once.
const MOST_IN_A_ROUND: usize = 64;
const AT_ONCE: usize = 16;

/// A check of whether a miner is ready, without a call.
pub(crate) trait Probe: Send + Sync + 'static {
    fn is_ready(&self, target: &Target) -> impl Future<Output = bool> + Send;
}

/// The task, which is aborted when this is dropped.
#[derive(Debug)]
pub(crate) struct HealthMonitor(pub(crate) JoinHandle<()>);

impl Drop for HealthMonitor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Probes miners every `pause`, for ever: those that were never asked, and those with a breaker
/// that failures tripped. A miner that is ready may have its probation immediately. A miner that
/// was never asked and is not ready receives no calls until a probe succeeds.
pub(crate) async fn watch(
    router: Router,
    probe: impl Probe,
    pause: Duration,
    before_round: impl Fn() + Send,
) {
    let mut ticks = interval_at(tokio::time::Instant::now() + pause, pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        before_round();
        let targets = router.selection().in_need_of_probe(MOST_IN_A_ROUND);
        let look = |target: Target| {
            let probe = &probe;
            async move {
                let is_ready = probe.is_ready(&target).await;
                (target, is_ready)
            }
        };
        let mut looks = stream::iter(targets).map(look).buffer_unordered(AT_ONCE);
        while let Some((target, is_ready)) = looks.next().await {
            router.selection().note_probe(&target, is_ready);
        }
    }
}
