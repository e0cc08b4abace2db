//! Waiting until a deadline.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

/// The error of a deadline that passed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overdue;

/// Returns a future of the output of `future`, or [`Overdue`] if `deadline` passes first. A future
/// that is ready at once creates no timer, and almost all futures in almost every call are.
pub(super) const fn within<F: Future + Unpin>(deadline: Instant, future: F) -> Within<F> {
    Within { future, deadline, timer: None }
}

/// A future returned by [`within`]. It takes a pinned reference, because nested futures held by
/// value are moved as a whole.
#[must_use = "futures do nothing unless polled"]
pub(super) struct Within<F> {
    future: F,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future + Unpin> Future for Within<F> {
    type Output = Result<F::Output, Overdue>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(outcome) = Pin::new(&mut self.future).poll(context) {
            return Poll::Ready(Ok(outcome));
        }
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        timer.as_mut().poll(context).map(|()| Err(Overdue))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_there_at_once_or_in_time_counts_and_nothing_else() {
        let second = Duration::from_secs(1);
        let deadline = Instant::now() + second;
        assert_eq!(within(deadline, std::future::ready(7)).await, Ok(7));
        assert_eq!(within(deadline, pin!(sleep(second / 2))).await, Ok(()));
        assert_eq!(within(deadline, pin!(sleep(second))).await, Err(Overdue));
        assert_eq!(Instant::now(), deadline);
        assert_eq!(within(deadline, std::future::ready(7)).await, Ok(7));
    }
}
