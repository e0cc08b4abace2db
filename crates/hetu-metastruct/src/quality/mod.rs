//! How peers have been doing, beside what the chain says of them.

mod latency;
mod peer;
mod reputation;
mod successes;

pub(crate) use peer::SavedQuality;
pub use peer::{Observation, PeerQuality, QualityReport};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use hetu_chain::{Address, Clock};

/// Peers of whom something is kept: as many as a subnet has places.
const MOST_PEERS: usize = 1 << 16;

/// The qualities of the peers of one subnet. Clones share them.
///
/// Telling it of a reply takes no lock that is held for longer than finding a record; whoever
/// keeps a [`PeerQuality`] takes none at all.
#[derive(Clone, Debug)]
pub struct Qualities(Arc<Table>);

#[derive(Debug)]
struct Table {
    peers: DashMap<Address, Arc<PeerQuality>>,
    clock: Arc<dyn Clock>,
    has_news: AtomicBool,
}

impl Qualities {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let (peers, has_news) = (DashMap::new(), AtomicBool::new(false));
        Self(Arc::new(Table { peers, clock, has_news }))
    }

    /// Takes note of what came of a request to `peer`.
    pub fn observe(&self, peer: Address, observation: Observation) {
        if let Some(quality) = self.peer(peer) {
            quality.observe(observation, self.0.clock.unix_time());
            self.0.has_news.store(true, Ordering::Relaxed);
        }
    }

    /// How `peer` has been doing; nothing if nobody told.
    pub fn of(&self, peer: Address) -> Option<QualityReport> {
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
