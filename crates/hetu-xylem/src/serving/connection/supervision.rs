//! Whether a connection may stay.

use std::pin::pin;
use std::time::Duration;

use hyper_util::server::graceful::GracefulConnection;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::activity::Stand;
use super::{Activity, LAST_CALL};
use crate::ServerLimits;

/// How long a connection that was asked to end, and on which nothing is under way, may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// How often a connection is looked at, at most.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, or because it was asked to.
    Closed,
    /// By an error of the peer or of the network.
    Broken,
    /// The head of a request did not arrive in time.
    SlowHead,
    /// Nothing was taken of a reply in time.
    Stalled,
    /// It did not end when it was asked to.
    Lingering,
}

impl End {
    pub(super) const fn cause(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Broken => "broken",
            Self::SlowHead => "slow_head",
            Self::Stalled => "stalled",
            Self::Lingering => "lingering",
        }
    }
}

/// What to do with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Keep,
    AskToEnd,
    Cut(End),
}

/// Lets the connection go on for as long as it may, and ends it politely when it is told to.
pub(super) async fn supervise<C>(
    connection: C,
    activity: &Activity,
    limits: &ServerLimits,
    mut stop: watch::Receiver<bool>,
) -> End
where
    C: GracefulConnection,
    C::Error: std::fmt::Display,
{
    let mut connection = pin!(connection);
    let mut to_end: Option<Instant> = None;
    let mut asked_to_end: Option<Instant> = None;
    let pause = pause(limits);
    let mut next_look = Instant::now() + pause;
    loop {
        let is_last_call = to_end.is_some() && asked_to_end.is_none();
        let wake = if is_last_call { next_look.min(Instant::now() + LAST_CALL) } else { next_look };
        tokio::select! {
            // What has arrived is read before anything else is decided.
            biased;
            outcome = &mut connection => return match outcome {
                Ok(()) => End::Closed,
                Err(error) => {
                    tracing::debug!(%error, "a connection broke");
                    End::Broken
                }
            },
            // A stop that was told before this connection began is seen too.
            _ = stop.wait_for(|is_stopping| *is_stopping), if to_end.is_none() => {
                to_end = Some(Instant::now());
            }
            () = sleep_until(wake) => {}
        }
        if Instant::now() >= next_look {
            next_look = Instant::now() + pause;
            let waited = asked_to_end.map(|asked| asked.elapsed());
            match judge(activity.stand(), waited, limits) {
                Verdict::Keep => {}
                Verdict::AskToEnd => to_end = to_end.or_else(|| Some(Instant::now())),
                Verdict::Cut(end) => return end,
            }
        }
        let hears_nothing = to_end.is_some_and(|since| may_be_asked(activity.stand(), since));
        if hears_nothing && asked_to_end.is_none() {
            connection.as_mut().graceful_shutdown();
            asked_to_end = Some(Instant::now());
        }
    }
}

/// Whether a connection that is to end since then may be asked to. It closes at once where nothing
/// is under way, so a request that has arrived, whole or in part, is waited for.
fn may_be_asked(stand: Stand, since: Instant) -> bool {
    stand.is_busy || (stand.head.is_none() && since.elapsed() >= LAST_CALL)
}

/// `waited` is the time since the connection was asked to end, if it was.
fn judge(stand: Stand, waited: Option<Duration>, limits: &ServerLimits) -> Verdict {
    let Stand { age, is_busy, quiet, head } = stand;
    if !is_busy && head.is_some_and(|head| head > limits.field_timeout) {
        return Verdict::Cut(End::SlowHead);
    }
    // A request may take its whole time before anything can be read of its reply.
    if is_busy && quiet > limits.call_timeout + limits.stall_timeout {
        return Verdict::Cut(End::Stalled);
    }
    match waited {
        Some(waited) if !is_busy && waited.min(quiet) > GOODBYE => Verdict::Cut(End::Lingering),
        Some(_) => Verdict::Keep,
        None if !is_busy && quiet > limits.idle_timeout => Verdict::AskToEnd,
        None if age > limits.connection_age => Verdict::AskToEnd,
        None => Verdict::Keep,
    }
}

/// A quarter of the shortest limit, so that none is overdrawn by much.
fn pause(limits: &ServerLimits) -> Duration {
    let shortest = limits.field_timeout.min(limits.idle_timeout).min(limits.connection_age);
    (shortest.min(limits.stall_timeout) / 4).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn stand(is_busy: bool, quiet: Duration) -> Stand {
        Stand { age: 60 * SECOND, is_busy, quiet, head: None }
    }

    #[test]
    fn what_works_stays_and_what_only_holds_on_goes() {
        let limits = ServerLimits::default();
        let verdict = |stand| judge(stand, None, &limits);
        assert_eq!(verdict(stand(false, limits.idle_timeout)), Verdict::Keep);
        assert_eq!(verdict(stand(false, limits.idle_timeout + SECOND)), Verdict::AskToEnd);
        let patience = limits.call_timeout + limits.stall_timeout;
        assert_eq!(verdict(stand(true, patience)), Verdict::Keep);
        assert_eq!(verdict(stand(true, patience + SECOND)), Verdict::Cut(End::Stalled));
        let old = Stand { age: limits.connection_age + SECOND, ..stand(true, SECOND) };
        assert_eq!(verdict(old), Verdict::AskToEnd);
        let slow = Some(limits.field_timeout + SECOND);
        let slow = Stand { head: slow, ..stand(false, SECOND) };
        assert_eq!(verdict(slow), Verdict::Cut(End::SlowHead));
        assert_eq!(verdict(Stand { is_busy: true, ..slow }), Verdict::Keep);
    }

    #[test]
    fn who_was_asked_to_end_may_finish_what_is_under_way() {
        let limits = ServerLimits::default();
        let verdict = |stand, waited| judge(stand, Some(waited), &limits);
        assert_eq!(verdict(stand(true, 30 * SECOND), 30 * SECOND), Verdict::Keep);
        assert_eq!(verdict(stand(false, 30 * SECOND), SECOND), Verdict::Keep);
        assert_eq!(verdict(stand(false, SECOND), 30 * SECOND), Verdict::Keep);
        let lingering = Verdict::Cut(End::Lingering);
        assert_eq!(verdict(stand(false, 3 * SECOND), 3 * SECOND), lingering);
    }
}
