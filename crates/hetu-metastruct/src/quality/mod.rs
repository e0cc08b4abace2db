//! Statistics of peers, in addition to their state on the chain.

mod latency;
mod outcome;
mod packed;
mod peer;
mod reputation;
mod successes;

pub use outcome::PeerOutcome;
pub use peer::PeerReport;
pub(crate) use peer::SavedQuality;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use hetu_chain::{Address, Clock};

use self::peer::PeerQuality;

/// Maximum number of peers in the table, equal to the number of places in a subnet.
const MOST_PEERS: usize = 1 << 16;

/// A table with the statistics of the peers of one subnet. Clones share it.
///
/// Recording an outcome takes only the lock of the lookup, for which only new peers take the write
/// lock. A caller that keeps a [`PeerHandle`] takes no lock.
#[derive(Clone, Debug)]
pub struct PeerStatsTable(Arc<SharedStats>);

#[derive(Debug)]
struct SharedStats {
    /// Bounded by [`MOST_PEERS`] and by the members of the subnet. No cache crate: a record is
    /// dropped with its member, never for another one.
    peers: DashMap<Address, Arc<PeerQuality>>,
    clock: Arc<dyn Clock>,
    has_news: AtomicBool,
}

/// A handle of the record of one peer, for frequent callers. Recording an outcome takes no lock.
///
/// Outcomes of a peer that is no longer in the subnet are discarded.
#[derive(Clone, Debug)]
pub struct PeerHandle {
    quality: Arc<PeerQuality>,
    table: Arc<SharedStats>,
}

impl PeerHandle {
    /// Records the outcome of a request to the peer.
    pub fn observe(&self, outcome: PeerOutcome) {
        self.quality.observe(outcome, self.table.clock.unix_time());
        self.table.has_news.store(true, Ordering::Relaxed);
    }

    /// Returns the reputation alone, from 0 to 1, or 1/2 if no outcome is known.
    pub fn reputation(&self) -> f32 {
        self.quality.reputation(self.table.clock.unix_time())
    }

    /// Returns the peak EWMA of the latencies if the peer gave a verified reply in the last `span`,
    /// or `None` otherwise, because an older value no longer describes the peer.
    pub fn latency_within(&self, span: Duration) -> Option<Duration> {
        let report = self.report();
        let age = self.table.clock.unix_time().saturating_sub(report.last_seen?);
        report.latency.filter(|_| age <= span)
    }

    /// Returns the statistics of the peer.
    pub fn report(&self) -> PeerReport {
        self.quality.report(self.table.clock.unix_time())
    }
}

impl PeerStatsTable {
    /// Creates an empty table with timestamps from `clock`. A [`Metastruct`](crate::Metastruct) has
    /// its own table; this one serves programs that track peers without a metastruct.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (peers, has_news) = (DashMap::new(), AtomicBool::new(false));
        Self(Arc::new(SharedStats { peers, clock, has_news }))
    }

    /// Records the outcome of a request to `peer`.
    pub fn observe(&self, peer: Address, outcome: PeerOutcome) {
        if let Some(quality) = self.peer(peer) {
            quality.observe(outcome, self.0.clock.unix_time());
            self.0.has_news.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the record of `peer`, which is created if it does not exist, or `None` if the table
    /// is full.
    pub fn handle(&self, peer: Address) -> Option<PeerHandle> {
        let quality = self.peer(peer)?;
        Some(PeerHandle { quality, table: Arc::clone(&self.0) })
    }

    /// Returns the statistics of `peer`, or `None` if no outcome was recorded.
    pub fn of(&self, peer: Address) -> Option<PeerReport> {
        let quality = self.0.peers.get(&peer).map(|entry| Arc::clone(entry.value()));
        quality.map(|quality| quality.report(self.now()))
    }

    /// Returns the number of peers in the table.
    pub fn len(&self) -> usize {
        self.0.peers.len()
    }

    /// Returns `true` if the table is empty.
    pub fn is_empty(&self) -> bool {
        self.0.peers.is_empty()
    }

    /// Returns the record of `peer`. Creates it if it does not exist and the table is not full.
    fn peer(&self, peer: Address) -> Option<Arc<PeerQuality>> {
        if let Some(known) = self.0.peers.get(&peer) {
            return Some(Arc::clone(known.value()));
        }
        if self.0.peers.len() >= MOST_PEERS {
            return None;
        }
        let made =
            self.0.peers.entry(peer).or_insert_with(|| Arc::new(PeerQuality::new(self.now())));
        Some(Arc::clone(made.value()))
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.clock.unix_time()
    }

    /// Returns `true` if an outcome was recorded since the last call.
    pub(crate) fn take_news(&self) -> bool {
        self.0.has_news.swap(false, Ordering::Relaxed)
    }

    /// Removes peers that are no longer members, so that accounts that join and leave do not fill
    /// the memory.
    pub(crate) fn keep_only(&self, is_member: impl Fn(Address) -> bool) {
        self.0.peers.retain(|address, _| is_member(*address));
    }

    pub(crate) fn save(&self) -> Vec<(Address, SavedQuality)> {
        let saved = self.0.peers.iter().map(|entry| (*entry.key(), entry.value().save()));
        let mut saved: Vec<_> = saved.collect();
        saved.sort_unstable_by_key(|(address, _)| *address);
        saved
    }

    pub(crate) fn restore(&self, saved: Vec<(Address, SavedQuality)>) {
        for (address, quality) in saved.into_iter().take(MOST_PEERS) {
            self.0.peers.insert(address, Arc::new(PeerQuality::restored(quality)));
        }
        self.0.has_news.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use hetu_chain::clock::ManualClock;

    use super::*;

    fn qualities() -> PeerStatsTable {
        PeerStatsTable::new(Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000))))
    }

    fn address(number: u32) -> Address {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Address::new(bytes)
    }

    #[test]
    fn nothing_is_lost_when_many_tell_at_once() {
        let qualities = qualities();
        let latency = Duration::from_millis(5);
        thread::scope(|scope| {
            for worker in 0..4_u32 {
                let (qualities, handle) =
                    (qualities.clone(), qualities.handle(address(7)).unwrap());
                scope.spawn(move || {
                    for round in 0..5_000 {
                        handle.observe(PeerOutcome::Verified { latency });
                        qualities.observe(address(7), PeerOutcome::Failed);
                        qualities.observe(address(worker * 5_000 + round), PeerOutcome::Refused);
                    }
                });
            }
        });
        let report = qualities.of(address(7)).unwrap();
        assert_eq!((report.verified, report.failed, report.refused), (20_000, 20_000, 1));
        assert_eq!(report.latency, Some(latency));
        assert!((0.0..=1.0).contains(&report.reputation));
        assert_eq!(qualities.len(), 20_000);
        assert!(qualities.take_news() && !qualities.take_news());
    }

    #[test]
    fn no_more_peers_are_remembered_than_a_subnet_has_places() {
        let qualities = qualities();
        let most = u32::try_from(MOST_PEERS).unwrap();
        (0..most + 100).for_each(|number| qualities.observe(address(number), PeerOutcome::Failed));
        assert_eq!(qualities.len(), MOST_PEERS);
        assert!(qualities.handle(address(most + 1)).is_none());
        assert_eq!(qualities.of(address(0)).unwrap().failed, 1);
        qualities.keep_only(|account| account == address(3));
        assert_eq!(qualities.len(), 1);
        assert!(qualities.handle(address(most + 1)).is_some());
    }

    #[test]
    fn a_latency_is_told_as_long_as_it_says_something_of_now() {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
        let handle =
            PeerStatsTable::new(Arc::clone(&clock) as Arc<dyn Clock>).handle(address(1)).unwrap();
        let hour = Duration::from_secs(3_600);
        assert_eq!(handle.latency_within(hour), None);
        let latency = Duration::from_millis(8);
        handle.observe(PeerOutcome::Verified { latency });
        clock.advance(hour);
        assert_eq!(handle.latency_within(hour), Some(latency));
        assert!((handle.reputation() - handle.report().reputation).abs() < f32::EPSILON);
        clock.advance(Duration::from_secs(1));
        assert_eq!(handle.latency_within(hour), None);
    }

    #[test]
    fn what_is_saved_is_what_is_restored() {
        let (one, other) = (qualities(), qualities());
        for observation in [
            PeerOutcome::Verified { latency: Duration::from_millis(8) },
            PeerOutcome::Failed,
            PeerOutcome::Refused,
        ] {
            one.observe(address(1), observation);
        }
        other.restore(one.save());
        assert_eq!(other.of(address(1)), one.of(address(1)));
        assert_eq!(other.save(), one.save());
    }
}
