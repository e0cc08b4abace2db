//! The quality of one peer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hetu_chain::resilience::PeakEwma;
use serde::Serialize;

use super::latency::LATENCY;
use super::outcome::PeerOutcome;
use super::reputation::Reputation;
use super::successes::{BUCKETS, Successes};

/// How a peer has been doing. Made of atomics: nobody waits for anybody.
#[derive(Debug)]
pub(super) struct PeerQuality {
    latency: PeakEwma,
    reputation: Reputation,
    successes: Successes,
    verified: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    /// In milliseconds since 1970, as the next.
    first_seen: AtomicU64,
    last_seen: AtomicU64,
}

/// How a peer has been doing, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PeerReport {
    /// The peak EWMA of latencies; nothing before the first verified reply.
    pub latency: Option<Duration>,
    /// From 0 to 1; 1/2 if nothing is known.
    pub reputation: f32,
    /// The share of verified replies among the last 64 outcomes.
    pub success_of_last: Option<f64>,
    /// The share of verified replies in the last five minutes.
    pub success_of_five_minutes: Option<f64>,
    /// How many replies were verified.
    pub verified: u64,
    /// How many requests came to nothing.
    pub failed: u64,
    /// How many replies were refused.
    pub refused: u64,
    /// When the peer was first told of, since 1970.
    pub first_seen: Duration,
    /// When it last gave a verified reply, since 1970; nothing if it never did.
    pub last_seen: Option<Duration>,
}

impl PeerQuality {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            latency: PeakEwma::default(),
            reputation: Reputation::default(),
            successes: Successes::default(),
            verified: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            first_seen: AtomicU64::new(milliseconds(now)),
            last_seen: AtomicU64::new(0),
        }
    }

    pub(super) fn observe(&self, outcome: PeerOutcome, now: Duration) {
        let (is_success, count) = match outcome {
            PeerOutcome::Verified { latency } => {
                self.latency.observe(latency, now, &LATENCY);
                self.last_seen.fetch_max(milliseconds(now), Ordering::Relaxed);
                (true, &self.verified)
            }
            PeerOutcome::Failed => (false, &self.failed),
            PeerOutcome::Refused => (false, &self.refused),
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.reputation.observe(outcome, now);
        self.successes.observe(is_success, now);
    }

    pub(super) fn reputation(&self, now: Duration) -> f32 {
        self.reputation.value(now)
    }

    pub(super) fn report(&self, now: Duration) -> PeerReport {
        let read = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let (verified, failed, refused) =
            (read(&self.verified), read(&self.failed), read(&self.refused));
        let outcomes = verified.saturating_add(failed).saturating_add(refused);
        let last_seen = read(&self.last_seen);
        PeerReport {
            latency: self.latency.estimate(),
            reputation: self.reputation.value(now),
            success_of_last: self.successes.of_last(outcomes),
            success_of_five_minutes: self.successes.of_five_minutes(now),
            verified,
            failed,
            refused,
            first_seen: Duration::from_millis(read(&self.first_seen)),
            last_seen: (last_seen > 0).then(|| Duration::from_millis(last_seen)),
        }
    }

    pub(super) fn save(&self) -> SavedQuality {
        let read = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let (last, buckets) = self.successes.words();
        SavedQuality {
            latency: self.latency.word(),
            reputation: self.reputation.word(),
            last,
            buckets,
            counts: [read(&self.verified), read(&self.failed), read(&self.refused)],
            seen: [read(&self.first_seen), read(&self.last_seen)],
        }
    }

    pub(super) fn restored(saved: SavedQuality) -> Self {
        let SavedQuality { latency, reputation, last, buckets, counts, seen } = saved;
        let [verified, failed, refused] = counts.map(AtomicU64::new);
        let [first_seen, last_seen] = seen.map(AtomicU64::new);
        Self {
            latency: PeakEwma::from_word(latency),
            reputation: Reputation::restored(reputation),
            successes: Successes::restored(last, buckets),
            verified,
            failed,
            refused,
            first_seen,
            last_seen,
        }
    }
}

/// A quality as it is kept on disk: the words of which it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SavedQuality {
    pub(crate) latency: u64,
    pub(crate) reputation: u64,
    pub(crate) last: u64,
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) counts: [u64; 3],
    pub(crate) seen: [u64; 2],
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
