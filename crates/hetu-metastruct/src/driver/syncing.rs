//! The state in which all subnets are read at the newest block.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use tokio::time::Instant;

use super::context::{DriverContext, Signal};
use super::reads::{self, AllSubnets};
use crate::SyncError;
use crate::health::FollowMode;

/// Reason for reading all subnets, as metrics count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResyncReason {
    /// Views that come from files.
    Restored,
    /// A new block without events.
    Polled,
    /// The failure of an earlier read.
    Retried,
    /// The return of the node to the followed chain.
    ChainReturned,
    /// A refusal of the events by the nodes.
    EventsRefused,
    /// The end of the stream of events.
    StreamEnded,
    /// Missing blocks between the newest known one and the one that was delivered.
    TooFarBehind,
    /// A reorganisation that reaches below the oldest block that can be undone.
    ReorganisedTooDeep,
}

impl ResyncReason {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Polled => "polled",
            Self::Retried => "retried",
            Self::ChainReturned => "chain returned",
            Self::EventsRefused => "events refused",
            Self::StreamEnded => "stream ended",
            Self::TooFarBehind => "too far behind",
            Self::ReorganisedTooDeep => "reorganised too deep",
        }
    }
}

/// The read of all subnets that is under way.
pub(super) struct Syncing {
    read: BoxFuture<'static, Result<AllSubnets, SyncError>>,
    asked: Instant,
}

/// End of [`Syncing`].
pub(super) enum SyncingEnd {
    /// Views of the newest block.
    Synced,
    /// A failed read of the subnets.
    Failed,
}

impl Syncing {
    /// Begins to read all followed subnets.
    pub(super) fn start(context: &DriverContext, reason: ResyncReason) -> Self {
        context.hub.metrics.resynced(reason.label());
        if reason != ResyncReason::Polled {
            context.hub.set_status(|status| status.mode = FollowMode::Syncing);
        }
        let read = reads::all_subnets(Arc::clone(&context.hub), context.subnets.netuids());
        Self { read: read.boxed(), asked: Instant::now() }
    }

    pub(super) async fn run(mut self, context: &mut DriverContext) -> Option<SyncingEnd> {
        loop {
            tokio::select! {
                outcome = &mut self.read => return Some(self.finish(context, outcome)),
                signal = context.next_signal() => match signal? {
                    // All subnets get another block soon, so the request waits for that one.
                    Signal::Follow(request) => context.waiting.push(request),
                    Signal::Woken => context.ask_for_head(),
                    Signal::Head(_) | Signal::ChainReturned => {}
                },
            }
        }
    }

    fn finish(
        &self,
        context: &mut DriverContext,
        outcome: Result<AllSubnets, SyncError>,
    ) -> SyncingEnd {
        let read = match outcome {
            Ok(read) => read,
            Err(error) => {
                if matches!(error, SyncError::OtherChain) {
                    context.note_served_chain(true);
                }
                tracing::warn!(%error, "the subnets could not be read");
                context.hub.set_status(|status| status.last_error = Some(error.to_string()));
                return SyncingEnd::Failed;
            }
        };
        context.hub.set_status(|status| {
            status.is_out_of_reach = false;
            status.head = Some(read.block);
        });
        context.subnets.replace_all(read, self.asked);
        context.resync_pauses.reset();
        // The read is the comparison.
        context.owes_comparison = false;
        context.follow_waiting();
        SyncingEnd::Synced
    }
}
