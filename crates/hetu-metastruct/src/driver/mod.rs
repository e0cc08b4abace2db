//! The task that follows the chain for all subnets of a metastruct.
//!
//! Only this task changes views. It is a state machine, and each state is a type with one
//! asynchronous function that runs until another state has to follow. [`DriverState::next`] has all
//! transitions:
//!
//! | state | ends when | next state |
//! |---|---|---|
//! | `Syncing` | all subnets were read | `Live`, or `Polling` while nodes refuse the events |
//! | `Syncing` | the read failed | `OutOfReach` |
//! | `Live` | the events ended, were refused, or do not follow the known block | `Syncing` |
//! | `Live`, `Polling`, `OutOfReach` | the node serves the followed chain again | `Syncing` |
//! | `Polling` | there is another block | `Syncing` |
//! | `Polling` | the pause after a refusal of the events is over | `Live` |
//! | `OutOfReach` | the pause is over | `Syncing` |
//!
//! [`DriverContext::next_signal`] does the work that does not depend on the state (commands,
//! timers, reads of single subnets). Each state awaits it beside its own source.

mod block_log;
mod comparing;
mod context;
mod followed_subnet;
mod following;
mod head;
mod live;
mod out_of_reach;
mod polling;
mod reads;
mod stream_retry;
mod subnets;
mod syncing;
mod timers;

use std::sync::Arc;

use hetu_chain::model::Block;
use tokio::sync::mpsc;

use self::context::DriverContext;
use self::live::{Live, LiveEnd};
use self::out_of_reach::{OutOfReach, OutOfReachEnd};
use self::polling::{Polling, PollingEnd};
use self::subnets::FollowedSubnets;
use self::syncing::{ResyncReason, Syncing, SyncingEnd};
use crate::hub::{DriverCommand, Hub};
use crate::tracked::Tracked;

/// State of the driver.
enum DriverState {
    /// A read of all subnets at the newest block.
    Syncing(Syncing),
    /// A stream of events that are applied block by block.
    Live(Live),
    /// A read of all subnets for each block, because nodes give no events.
    Polling(Polling),
    /// A pause after a failed read of the subnets.
    OutOfReach(OutOfReach),
}

/// Follows `tracked` from `block` on, or from the block at which it can be read if that is `None`,
/// until the last handle is dropped.
pub(crate) async fn drive(
    hub: Arc<Hub>,
    tracked: Arc<Tracked>,
    block: Option<Block>,
    commands: mpsc::Receiver<DriverCommand>,
) {
    let subnets = FollowedSubnets::new(Arc::clone(&hub), tracked, block);
    let mut context = DriverContext::new(hub, subnets, commands);
    let mut state = match block {
        Some(_) => DriverState::following(&mut context),
        None => DriverState::syncing(&context, ResyncReason::Restored),
    };
    while let Some(next) = state.next(&mut context).await {
        state = next;
    }
}

impl DriverState {
    /// Runs the state to its end and returns the next one, or `None` once no handle is left.
    async fn next(self, context: &mut DriverContext) -> Option<Self> {
        Some(match self {
            Self::Syncing(syncing) => match syncing.run(context).await? {
                SyncingEnd::Synced => Self::following(context),
                SyncingEnd::Failed => Self::OutOfReach(OutOfReach::start(context)),
            },
            Self::Live(live) => match live.run(context).await? {
                LiveEnd::Lost(reason) => Self::syncing(context, reason),
            },
            Self::Polling(polling) => match polling.run(context).await? {
                PollingEnd::OtherBlock => Self::syncing(context, ResyncReason::Polled),
                PollingEnd::StreamAllowed(live) => Self::Live(live),
                PollingEnd::ChainReturned => Self::syncing(context, ResyncReason::ChainReturned),
            },
            Self::OutOfReach(paused) => match paused.run(context).await? {
                OutOfReachEnd::PauseOver => Self::syncing(context, ResyncReason::Retried),
                OutOfReachEnd::ChainReturned => Self::syncing(context, ResyncReason::ChainReturned),
            },
        })
    }

    fn syncing(context: &DriverContext, reason: ResyncReason) -> Self {
        Self::Syncing(Syncing::start(context, reason))
    }

    /// Follows the events after the newest known block, or polls while nodes refuse them.
    fn following(context: &mut DriverContext) -> Self {
        match Live::open(context) {
            Some(live) => Self::Live(live),
            None => Self::Polling(Polling::start(context)),
        }
    }
}
