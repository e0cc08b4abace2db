//! The state between a failed read of all subnets and the next attempt.

use tokio::time::{Instant, sleep_until};

use super::context::{DriverContext, Signal};

/// The pause before the next attempt to read all subnets.
pub(super) struct OutOfReach {
    retry_at: Instant,
}

/// End of [`OutOfReach`].
pub(super) enum OutOfReachEnd {
    PauseOver,
    ChainReturned,
}

impl OutOfReach {
    pub(super) fn start(context: &mut DriverContext) -> Self {
        Self { retry_at: Instant::now() + context.resync_pauses.next_delay() }
    }

    pub(super) async fn run(self, context: &mut DriverContext) -> Option<OutOfReachEnd> {
        loop {
            tokio::select! {
                () = sleep_until(self.retry_at) => return Some(OutOfReachEnd::PauseOver),
                signal = context.next_signal() => match signal? {
                    Signal::ChainReturned => return Some(OutOfReachEnd::ChainReturned),
                    Signal::Follow(request) => context.read_to_follow(request),
                    Signal::Woken => context.ask_for_head(),
                    Signal::Head(_) => {}
                },
            }
        }
    }
}
