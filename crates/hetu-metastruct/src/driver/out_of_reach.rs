//! The state between a failed read of all subnets and the next attempt.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::context::{DriverContext, Signal};
use super::syncing::longer;

/// The pause before the next attempt to read all subnets.
pub(super) struct OutOfReach {
    retry_at: Instant,
    /// Pause after the next attempt, should it fail too.
    next_pause: Duration,
}

/// End of [`OutOfReach`].
pub(super) enum OutOfReachEnd {
    PauseOver,
    ChainReturned,
}

impl OutOfReach {
    pub(super) fn pausing(pause: Duration) -> Self {
        Self { retry_at: Instant::now() + pause, next_pause: longer(pause) }
    }

    /// Returns the end together with the pause after the next attempt.
    pub(super) async fn run(
        self,
        context: &mut DriverContext,
    ) -> Option<(OutOfReachEnd, Duration)> {
        loop {
            tokio::select! {
                () = sleep_until(self.retry_at) => {
                    return Some((OutOfReachEnd::PauseOver, self.next_pause));
                }
                signal = context.next_signal() => match signal? {
                    Signal::ChainReturned => {
                        return Some((OutOfReachEnd::ChainReturned, self.next_pause));
                    }
                    Signal::Follow(request) => context.read_to_follow(request),
                    Signal::Woken => context.ask_for_head(),
                    Signal::Head(_) => {}
                },
            }
        }
    }
}
