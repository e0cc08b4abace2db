//! How peers have been doing, beside what the chain says of them.

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

/// Peers of whom something is kept: as many as a subnet has places.
const MOST_PEERS: usize = 1 << 16;

/// The qualities of the peers of one subnet. Clones share them.
///
/// Telling it of a reply takes no lock but that of finding the record, which only new peers hold
/// up; whoever keeps a [`PeerHandle`] takes none at all.
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

/// The record of one peer, for those who talk to it often: telling it of a reply takes no lock.
///
/// What is told of a peer that takes no part in the subnet any more is forgotten.
#[derive(Clone, Debug)]
pub struct PeerHandle {
    quality: Arc<PeerQuality>,
    table: Arc<SharedStats>,
}

impl PeerHandle {
    /// Takes note of what came of a request to the peer.
    pub fn observe(&self, outcome: PeerOutcome) {
        self.quality.observe(outcome, self.table.clock.unix_time());
        self.table.has_news.store(true, Ordering::Relaxed);
    }

    /// Its reputation alone, from 0 to 1; 1/2 if nothing is known.
    pub fn reputation(&self) -> f32 {
        self.quality.reputation(self.table.clock.unix_time())
    }

    /// The peak EWMA of its latencies, if it gave a verified reply in the last `span`: older ones
    /// say nothing of now.
    pub fn latency_within(&self, span: Duration) -> Option<Duration> {
        let report = self.report();
        let age = self.table.clock.unix_time().saturating_sub(report.last_seen?);
        report.latency.filter(|_| age <= span)
    }

    /// How the peer has been doing.
    pub fn report(&self) -> PeerReport {
        self.quality.report(self.table.clock.unix_time())
    }
}

impl PeerStatsTable {
    /// Qualities of nobody yet, dated by `clock`. A [`Metastruct`](crate::Metastruct) has its own;
    /// these are for who keeps track of peers without one.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (peers, has_news) = (DashMap::new(), AtomicBool::new(false));
        Self(Arc::new(SharedStats { peers, clock, has_news }))
    }

    /// Takes note of what came of a request to `peer`.
    pub fn observe(&self, peer: Address, outcome: PeerOutcome) {
        if let Some(quality) = self.peer(peer) {
            quality.observe(outcome, self.0.clock.unix_time());
            self.0.has_news.store(true, Ordering::Relaxed);
        }
    }

    /// The record of `peer`; nothing if there is none yet and no room for one more.
    pub fn handle(&self, peer: Address) -> Option<PeerHandle> {
        let quality = self.peer(peer)?;
        Some(PeerHandle { quality, table: Arc::clone(&self.0) })
    }

    /// How `peer` has been doing; nothing if nobody told.
    pub fn of(&self, peer: Address) -> Option<PeerReport> {
        let quality = self.0.peers.get(&peer).map(|entry| Arc::clone(entry.value()));
        quality.map(|quality| quality.report(self.now()))
    }

    /// How many peers something is known of.
    pub fn len(&self) -> usize {
        self.0.peers.len()
    }

    /// Whether nothing is known of anybody.
    pub fn is_empty(&self) -> bool {
        self.0.peers.is_empty()
    }

    /// The record of `peer`, made anew if there is none yet and room for one more.
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

    /// Whether anything was observed since the last time this was asked.
    pub(crate) fn take_news(&self) -> bool {
        self.0.has_news.swap(false, Ordering::Relaxed)
    }

    /// Forgets those who take no part any more, so that accounts that come and go fill no memory.
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
