//! Activity on a connection, which decides whether it is kept or closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Bytes that a peer must read to count as a reader. A peer that only keeps its connection alive
/// reads fewer.
const PROGRESS_BYTES: u64 = 16 * 1024;

/// The times of the last activity on a connection, in milliseconds since the connection began.
#[derive(Debug)]
pub(super) struct Activity {
    began: Instant,
    requests: AtomicUsize,
    last_progress: AtomicU64,
    /// The time of the first bytes of an incomplete head, plus one. Zero if there are none.
    head_began: AtomicU64,
    /// `true` if bytes between requests may be other frames than a head.
    is_framed: AtomicBool,
    written: AtomicU64,
    counted: AtomicU64,
    /// The kinds of [`Outgoing`] bytes that wait for the peer.
    blocked: AtomicU8,
}

/// Bytes on their way out of this process.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Outgoing {
    Written = 1,
    /// Bytes accepted by TLS, but not by the operating system yet.
    Flushed = 2,
}

/// A request between its head and the last byte of its reply.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Activity>);

/// A snapshot of the activity of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ActivitySnapshot {
    /// The age of the connection.
    pub(super) age: Duration,
    /// `true` if requests are in flight, or bytes of replies wait for the peer.
    pub(super) is_busy: bool,
    /// The time since the last relevant activity.
    pub(super) quiet: Duration,
    /// The time for which an incomplete head has been arriving.
    pub(super) head: Option<Duration>,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            requests: AtomicUsize::new(0),
            last_progress: AtomicU64::new(0),
            head_began: AtomicU64::new(0),
            is_framed: AtomicBool::new(false),
            written: AtomicU64::new(0),
            counted: AtomicU64::new(0),
            blocked: AtomicU8::new(0),
        })
    }

    /// Records that the head of a request is complete.
    pub(super) fn begin_request(self: &Arc<Self>) -> UnderWay {
        self.requests.fetch_add(1, Ordering::AcqRel);
        self.head_began.store(0, Ordering::Release);
        self.note_progress();
        UnderWay(Arc::clone(self))
    }

    fn note_progress(&self) {
        self.last_progress.store(self.milliseconds(), Ordering::Release);
    }

    /// Records that the peer uses HTTP/2, with frames that belong to no request: ping answers,
    /// windows, settings.
    pub(super) fn mark_framed(&self) {
        self.is_framed.store(true, Ordering::Release);
        self.head_began.store(0, Ordering::Release);
    }

    /// Records received bytes.
    pub(super) fn note_read(&self) {
        let is_between = self.requests.load(Ordering::Acquire) == 0;
        if is_between && !self.is_framed.load(Ordering::Acquire) {
            let now = self.milliseconds() + 1;
            let _ = self.head_began.compare_exchange(0, now, Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    /// Records sent bytes.
    pub(super) fn note_written(&self, bytes: usize) {
        let written = self.written.fetch_add(bytes as u64, Ordering::AcqRel) + bytes as u64;
        if written - self.counted.load(Ordering::Acquire) >= PROGRESS_BYTES {
            self.counted.store(written, Ordering::Release);
            self.note_progress();
        }
    }

    /// Records that outgoing bytes wait because the peer accepts none, or that they have been sent.
    pub(super) fn set_blocked(&self, outgoing: Outgoing, is_blocked: bool) {
        let bit = outgoing as u8;
        // A load is cheaper than a write, and the bit rarely changes.
        if (self.blocked.load(Ordering::Acquire) & bit != 0) == is_blocked {
            return;
        }
        if is_blocked {
            self.blocked.fetch_or(bit, Ordering::AcqRel);
        } else {
            self.blocked.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    pub(super) fn snapshot(&self) -> ActivitySnapshot {
        let now = self.milliseconds();
        let since = |time| Duration::from_millis(now.saturating_sub(time));
        let head = self.head_began.load(Ordering::Acquire);
        ActivitySnapshot {
            age: since(0),
            is_busy: self.requests.load(Ordering::Acquire) > 0
                || self.blocked.load(Ordering::Acquire) > 0,
            quiet: since(self.last_progress.load(Ordering::Acquire)),
            head: (head > 0).then(|| since(head - 1)),
        }
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl UnderWay {
    /// Records that the connection accepted a piece of the reply.
    pub(super) fn note_progress(&self) {
        self.0.note_progress();
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.note_progress();
        self.0.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_busy_from_the_head_of_a_request_to_the_end_of_its_reply() {
        let second = Duration::from_secs(1);
        let activity = Activity::new();
        activity.note_read();
        tokio::time::advance(second).await;
        assert_eq!(
            activity.snapshot(),
            ActivitySnapshot { age: second, is_busy: false, quiet: second, head: Some(second) }
        );
        let request = activity.begin_request();
        tokio::time::advance(second).await;
        activity.note_read();
        assert_eq!(
            activity.snapshot(),
            ActivitySnapshot { age: 2 * second, is_busy: true, quiet: second, head: None }
        );
        drop(request);
        assert_eq!(
            activity.snapshot(),
            ActivitySnapshot { age: 2 * second, is_busy: false, quiet: Duration::ZERO, head: None }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_busy_while_its_peer_has_bytes_to_take() {
        let activity = Activity::new();
        activity.set_blocked(Outgoing::Written, true);
        activity.set_blocked(Outgoing::Flushed, true);
        activity.set_blocked(Outgoing::Written, false);
        assert!(activity.snapshot().is_busy);
        activity.set_blocked(Outgoing::Flushed, false);
        assert!(!activity.snapshot().is_busy);
    }

    #[tokio::test(start_paused = true)]
    async fn frames_between_requests_are_no_head() {
        let activity = Activity::new();
        activity.note_read();
        activity.mark_framed();
        activity.note_read();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(activity.snapshot().head, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_next_to_nothing_is_none() {
        let second = Duration::from_secs(1);
        let activity = Activity::new();
        for _ in 0..100 {
            tokio::time::advance(second).await;
            activity.note_written(17);
        }
        assert_eq!(activity.snapshot().quiet, 100 * second);
        activity.note_written(16 * 1024);
        assert_eq!(activity.snapshot().quiet, Duration::ZERO);
    }
}
