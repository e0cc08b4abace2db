//! A limit on the rate at which frames of an HTTP/2 connection are read.
//!
//! A frame takes ten bytes on the wire, has to be parsed, and needs no reply to follow: a peer can
//! send any number of interim replies, pings and settings. h2 answers or skips them one by one.
//! Reading is therefore delayed, never failed, once a connection brings more frames than any number
//! of calls explains.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Frames that are read at once, and frames a second. A call brings two to four.
const BURST: u32 = 16_384;
const RATE: u32 = 131_072;
/// The minimum delay, because timers have a resolution of milliseconds.
const PAUSE: Duration = Duration::from_millis(5);

/// The frame header of HTTP/2 (RFC 9113, section 4.1); the first three bytes are the length.
const FRAME_HEADER: usize = 9;

/// A token bucket of frames for one connection.
#[derive(Debug)]
pub(super) struct FramePace {
    frames: FrameCounter,
    tokens: u32,
    filled_at: Instant,
    pause: Option<Pin<Box<Sleep>>>,
}

impl FramePace {
    pub(super) fn new() -> Self {
        Self {
            frames: FrameCounter::default(),
            tokens: BURST,
            filled_at: Instant::now(),
            pause: None,
        }
    }

    /// Waits until more may be read.
    pub(super) fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.tokens == 0 && self.pause.is_none() {
            self.fill();
        }
        if self.tokens == 0 {
            let pause =
                self.pause.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + PAUSE)));
            ready!(pause.as_mut().poll(context));
            self.pause = None;
            self.fill();
        }
        Poll::Ready(())
    }

    /// Counts the frames that begin in `bytes`, which were read.
    pub(super) fn count(&mut self, bytes: &[u8]) {
        let frames = self.frames.count(bytes);
        self.tokens = self.tokens.saturating_sub(frames);
    }

    fn fill(&mut self) {
        let now = Instant::now();
        let earned = (now - self.filled_at).mul_f64(f64::from(RATE)).as_secs();
        self.tokens = u32::try_from(earned).unwrap_or(BURST).saturating_add(self.tokens).min(BURST);
        self.filled_at = now;
    }
}

/// A counter of frames in a stream of bytes that arrives in pieces of any size.
#[derive(Debug, Default)]
struct FrameCounter {
    length: usize,
    /// The received bytes of the present frame, its header included.
    seen: usize,
}

impl FrameCounter {
    /// Returns the number of frames that begin in `bytes`.
    fn count(&mut self, mut bytes: &[u8]) -> u32 {
        let mut frames = 0_u32;
        while let Some(&byte) = bytes.first() {
            let taken = if self.seen < FRAME_HEADER {
                frames = frames.saturating_add(u32::from(self.seen == 0));
                if self.seen < 3 {
                    self.length = self.length << 8 | usize::from(byte);
                }
                1
            } else {
                bytes.len().min(FRAME_HEADER + self.length - self.seen)
            };
            self.seen += taken;
            bytes = &bytes[taken..];
            if self.seen >= FRAME_HEADER && self.seen == FRAME_HEADER + self.length {
                *self = Self::default();
            }
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn frame(length: usize) -> Vec<u8> {
        let mut frame = vec![0; FRAME_HEADER + length];
        frame[..3].copy_from_slice(&(length as u32).to_be_bytes()[1..]);
        frame
    }

    #[test]
    fn frames_are_counted_whatever_the_pieces_they_come_in() {
        let bytes = [frame(0), frame(1), frame(70_000), frame(0), frame(9)].concat();
        for piece in [1, 2, 3, 8, 9, 10, 16_384, bytes.len()] {
            let mut counter = FrameCounter::default();
            let count: u32 = bytes.chunks(piece).map(|piece| counter.count(piece)).sum();
            assert_eq!(count, 5, "in pieces of {piece}");
            assert_eq!(counter.seen, 0, "nothing is left over");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn connection_beyond_its_burst_is_read_at_the_rate_and_no_faster() {
        let (mut pace, began) = (FramePace::new(), Instant::now());
        let frames = frame(0).repeat(128);
        let batches = (BURST + 2 * RATE) / 128;
        for _ in 0..batches {
            poll_fn(|context| pace.poll_ready(context)).await;
            pace.count(&frames);
        }
        let took = began.elapsed();
        assert!(
            (Duration::from_millis(1_700)..Duration::from_millis(2_300)).contains(&took),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn connection_within_its_burst_is_never_delayed() {
        let (mut pace, began) = (FramePace::new(), Instant::now());
        for _ in 0..100 {
            for _ in 0..BURST / 256 {
                poll_fn(|context| pace.poll_ready(context)).await;
                pace.count(&frame(100).repeat(128));
            }
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        assert_eq!(began.elapsed(), Duration::from_secs(10));
    }
}
