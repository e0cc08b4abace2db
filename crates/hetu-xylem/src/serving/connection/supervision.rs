//! The supervision of a connection: its time limits and its end.

use std::pin::pin;
use std::time::Duration;

use hyper_util::server::graceful::GracefulConnection;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, ActivitySnapshot};
use crate::limits::ServerLimits;

/// The time for a last read on a connection that is about to close. Bytes that reach this machine
/// before its end are read, because the operating system is polled before any timer ends.
pub(in crate::serving) const FINAL_READ: Duration = Duration::from_millis(50);
/// The time for an idle connection to end after the server asks it to.
const END_TIMEOUT: Duration = Duration::from_secs(2);
/// The bounds of the interval between two checks of a connection.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The way in which a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionEnd {
    /// An end by the peer, or at the request of the server.
    Closed,
    /// An error of the peer or of the network.
    Broken,
    /// A head that did not arrive in time.
    SlowHead,
    /// A reply of which the peer read no bytes in time.
    Stalled,
    /// A connection that did not end when the server asked it to.
    Lingering,
}

impl ConnectionEnd {
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

/// The decision about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Keep,
    AskToEnd,
    Cut(ConnectionEnd),
}

/// Lets the connection run within its limits, and closes it gracefully on a stop signal.
pub(super) async fn supervise<C>(
    connection: C,
    activity: &Activity,
    limits: &ServerLimits,
    stop: &CancellationToken,
) -> ConnectionEnd
where
    C: GracefulConnection,
    C::Error: std::fmt::Display,
{
    let mut connection = pin!(connection);
    let mut stopped = pin!(stop.cancelled());
    let mut to_end: Option<Instant> = None;
    let mut asked_to_end: Option<Instant> = None;
    let pause = pause(limits);
    let mut next_look = Instant::now() + pause;
    loop {
        let is_final_read = to_end.is_some() && asked_to_end.is_none();
        let wake =
            if is_final_read { next_look.min(Instant::now() + FINAL_READ) } else { next_look };
        tokio::select! {
            // Arrived bytes are read before any other decision.
            biased;
            outcome = &mut connection => return match outcome {
                Ok(()) => ConnectionEnd::Closed,
                Err(error) => {
                    tracing::debug!(%error, "a connection broke");
                    ConnectionEnd::Broken
                }
            },
            () = &mut stopped, if to_end.is_none() => {
                to_end = Some(Instant::now());
            }
            () = sleep_until(wake) => {}
        }
        if Instant::now() >= next_look {
            next_look = Instant::now() + pause;
            let waited = asked_to_end.map(|asked| asked.elapsed());
            match decide(activity.snapshot(), waited, limits) {
                Decision::Keep => {}
                Decision::AskToEnd => to_end = to_end.or_else(|| Some(Instant::now())),
                Decision::Cut(end) => return end,
            }
        }
        let may_ask = to_end.is_some_and(|since| may_be_asked(activity.snapshot(), since));
        if may_ask && asked_to_end.is_none() {
            connection.as_mut().graceful_shutdown();
            asked_to_end = Some(Instant::now());
        }
    }
}

/// Returns `true` if a connection that must end since `since` may be asked to. An idle connection
/// closes at once when asked. If a request has arrived, whole or in part, the server first waits
/// for it.
fn may_be_asked(activity: ActivitySnapshot, since: Instant) -> bool {
    activity.is_busy || (activity.head.is_none() && since.elapsed() >= FINAL_READ)
}

/// Decides about a connection. `waited` is the time since the server asked it to end, if it did.
fn decide(activity: ActivitySnapshot, waited: Option<Duration>, limits: &ServerLimits) -> Decision {
    let ActivitySnapshot { age, is_busy, quiet, head } = activity;
    if !is_busy && head.is_some_and(|head| head > limits.field_timeout) {
        return Decision::Cut(ConnectionEnd::SlowHead);
    }
    // A request may take its full time before any byte of its reply can be read.
    if is_busy && quiet > limits.call_timeout + limits.stall_timeout {
        return Decision::Cut(ConnectionEnd::Stalled);
    }
    match waited {
        Some(waited) if !is_busy && waited.min(quiet) > END_TIMEOUT => {
            Decision::Cut(ConnectionEnd::Lingering)
        }
        Some(_) => Decision::Keep,
        None if !is_busy && quiet > limits.idle_timeout => Decision::AskToEnd,
        None if age > limits.connection_age => Decision::AskToEnd,
        None => Decision::Keep,
    }
}

/// Returns a quarter of the shortest limit, so that no limit is exceeded by much.
fn pause(limits: &ServerLimits) -> Duration {
    let shortest = limits.field_timeout.min(limits.idle_timeout).min(limits.connection_age);
    (shortest.min(limits.stall_timeout) / 4).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn snapshot(is_busy: bool, quiet: Duration) -> ActivitySnapshot {
        ActivitySnapshot { age: 60 * SECOND, is_busy, quiet, head: None }
    }

    #[test]
    fn what_works_stays_and_what_only_holds_on_goes() {
        let limits = ServerLimits::default();
        let decision = |activity| decide(activity, None, &limits);
        assert_eq!(decision(snapshot(false, limits.idle_timeout)), Decision::Keep);
        assert_eq!(decision(snapshot(false, limits.idle_timeout + SECOND)), Decision::AskToEnd);
        let patience = limits.call_timeout + limits.stall_timeout;
        assert_eq!(decision(snapshot(true, patience)), Decision::Keep);
        assert_eq!(
            decision(snapshot(true, patience + SECOND)),
            Decision::Cut(ConnectionEnd::Stalled)
        );
        let old =
            ActivitySnapshot { age: limits.connection_age + SECOND, ..snapshot(true, SECOND) };
        assert_eq!(decision(old), Decision::AskToEnd);
        let slow = Some(limits.field_timeout + SECOND);
        let slow = ActivitySnapshot { head: slow, ..snapshot(false, SECOND) };
        assert_eq!(decision(slow), Decision::Cut(ConnectionEnd::SlowHead));
        assert_eq!(decision(ActivitySnapshot { is_busy: true, ..slow }), Decision::Keep);
    }

    #[test]
    fn who_was_asked_to_end_may_finish_what_is_under_way() {
        let limits = ServerLimits::default();
        let decision = |activity, waited| decide(activity, Some(waited), &limits);
        assert_eq!(decision(snapshot(true, 30 * SECOND), 30 * SECOND), Decision::Keep);
        assert_eq!(decision(snapshot(false, 30 * SECOND), SECOND), Decision::Keep);
        assert_eq!(decision(snapshot(false, SECOND), 30 * SECOND), Decision::Keep);
        let lingering = Decision::Cut(ConnectionEnd::Lingering);
        assert_eq!(decision(snapshot(false, 3 * SECOND), 3 * SECOND), lingering);
    }
}
