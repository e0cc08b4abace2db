//! The task that mines blocks at an interval.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::MissedTickBehavior;

use crate::chain::Chain;
use crate::mining::Mining;

/// Mines blocks at the configured interval for as long as the chain exists.
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

/// Mines one block per interval. Returns only if the runtime stops.
async fn mine_each(chain: &Arc<Chain>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is immediate, but the first block is due only after one interval.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let chain = Arc::clone(chain);
        // The chain itself logs blocks that it cannot save.
        let mined = spawn_blocking(move || drop(chain.mine_at_interval())).await;
        if let Err(error) = mined {
            tracing::error!(%error, "no more blocks are mined at an interval");
            return;
        }
    }
}
