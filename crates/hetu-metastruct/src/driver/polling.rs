//! The state in which nodes give no events and each new block is read as a whole.

use super::context::{DriverContext, Signal};
use super::live::Live;
use crate::health::FollowMode;

/// The wait for another block.
pub(super) struct Polling;

/// End of [`Polling`].
pub(super) enum PollingEnd {
    /// A newest block that differs from the one that was read.
    OtherBlock,
    /// The end of the pause after a refusal, with views of the newest block.
    StreamAllowed(Live),
    ChainReturned,
}

impl Polling {
    pub(super) fn start(context: &DriverContext) -> Self {
        context.hub.set_status(|status| status.mode = FollowMode::Polling);
        Self
    }

    pub(super) async fn run(self, context: &mut DriverContext) -> Option<PollingEnd> {
        loop {
            match context.next_signal().await? {
                Signal::Head(head) if context.subnets.is_newest(head) => {
                    if let Some(live) = Live::open(context) {
                        return Some(PollingEnd::StreamAllowed(live));
                    }
                }
                Signal::Head(_) => return Some(PollingEnd::OtherBlock),
                Signal::ChainReturned => return Some(PollingEnd::ChainReturned),
                Signal::Follow(request) => context.read_to_follow(request),
                Signal::Woken => context.ask_for_head(),
            }
        }
    }
}
