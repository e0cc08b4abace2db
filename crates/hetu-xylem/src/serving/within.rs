//! Waiting until a deadline.

use std::pin::pin;

use futures_util::poll;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// What comes of `future`, if it does before `deadline`. No timer is made for what is there at once,
/// as nearly everything is in nearly every call.
pub(super) async fn within<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    match poll!(&mut future) {
        std::task::Poll::Ready(outcome) => Ok(outcome),
        std::task::Poll::Pending => timeout_at(deadline, future).await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_there_at_once_or_in_time_counts_and_nothing_else() {
        let second = Duration::from_secs(1);
        let deadline = Instant::now() + second;
        assert_eq!(within(deadline, std::future::ready(7)).await, Ok(7));
        assert!(within(deadline, sleep(second / 2)).await.is_ok());
        assert!(within(deadline, sleep(second)).await.is_err());
        assert_eq!(Instant::now(), deadline);
    }
}
