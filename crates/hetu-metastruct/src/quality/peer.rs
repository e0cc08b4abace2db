//! Statistics of one peer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hetu_chain::resilience::PeakEwma;
use serde::Serialize;

use super::latency::LATENCY;
use super::outcome::PeerOutcome;
use super::reputation::Reputation;
use super::successes::{BUCKETS, Successes};

/// The statistics of a peer, made of atomics so that no caller waits for another one.
#[derive(Debug)]
pub(super) struct PeerQuality {
    latency: PeakEwma,
    reputation: Reputation,
    successes: Successes,
    verified: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    /// In milliseconds since 1970, as is the next field.
    first_seen: AtomicU64,
    last_seen: AtomicU64,
}

/// The statistics of a peer at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PeerReport {
    /// The peak EWMA of latencies, or `None` before the first verified reply.
    pub latency: Option<Duration>,
    /// The reputation from 0 to 1, or 1/2 if no outcome is known.
    pub reputation: f32,
    /// The share of verified replies among the last 64 outcomes.
    pub success_of_last: Option<f64>,
    /// The share of verified replies in the last five minutes.
    pub success_of_five_minutes: Option<f64>,
    /// Number of verified replies.
    pub verified: u64,
    /// Number of failed requests.
    pub failed: u64,
    /// Number of refused replies.
    pub refused: u64,
    /// The time of the first record of the peer, since 1970.
    pub first_seen: Duration,
    /// The time of the last verified reply since 1970, or `None` before the first one.
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

/// The statistics of a peer as they are saved, as plain words.
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
