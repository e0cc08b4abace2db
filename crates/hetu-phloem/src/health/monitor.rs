//! A task that looks after miners that no request goes to.

use std::future::Future;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::{Router, Target};

/// The most miners that are looked at in one round, and at once.
const MOST_IN_A_ROUND: usize = 64;
const AT_ONCE: usize = 16;

/// A way to see whether a miner is there without asking it to work.
pub(crate) trait Probe: Send + Sync + 'static {
    fn is_ready(&self, target: &Target) -> impl Future<Output = bool> + Send;
}

/// The task, which ends with this.
#[derive(Debug)]
pub(crate) struct HealthMonitor(pub(crate) JoinHandle<()>);

impl Drop for HealthMonitor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Looks after the miners every `pause`, for ever: at those that were never asked, and at those
/// whose breaker is tripped because they failed. Who is found is given a chance at once; who was
/// never asked and is not there is not asked before it is found.
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
