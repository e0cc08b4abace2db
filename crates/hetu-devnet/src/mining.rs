//! When blocks are mined.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::MissedTickBehavior;

use crate::chain::Chain;

/// When blocks are mined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mining {
    /// Each transaction gets a block of its own as soon as it comes in.
    #[default]
    Instant,
    /// A block comes at each interval, with as many of the waiting transactions as fit. An
    /// interval below a millisecond counts as one.
    Interval(Duration),
    /// Only when told to.
    Manual,
}

impl Mining {
    /// At this interval, or by hand if it is zero, as `evm_setIntervalMining` has it.
    pub(crate) fn each(seconds: u64) -> Self {
        match seconds {
            0 => Self::Manual,
            seconds => Self::Interval(Duration::from_secs(seconds)),
        }
    }
}

/// Mines the blocks that come at an interval, for as long as the chain exists.
pub(crate) async fn mine_at_intervals(chain: Arc<Chain>) {
    let mut mining = chain.mining();
    loop {
        let now = *mining.borrow_and_update();
        let changed = match now {
            Mining::Interval(interval) => {
                tokio::select! {
                    changed = mining.changed() => changed,
                    () = mine_each(&chain, interval) => return,
                }
            }
            _ => mining.changed().await,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Returns only if the runtime stops.
async fn mine_each(chain: &Arc<Chain>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is immediate, the first block is not.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let chain = Arc::clone(chain);
        // The chain itself tells of blocks that it cannot save.
        let mined = spawn_blocking(move || drop(chain.mine_at_interval())).await;
        if let Err(error) = mined {
            tracing::error!(%error, "no more blocks are mined at an interval");
            return;
        }
    }
}
