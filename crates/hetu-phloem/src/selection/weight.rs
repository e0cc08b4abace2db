//! The weight of one miner, by its stake and its reputation.

use std::sync::atomic::{AtomicU64, Ordering};

use hetu_metastruct::{PeerHandle, PeerOutcome, PeerReport};

/// The lower bound of a weight, as a share of the best.
const LEAST_WEIGHT: f64 = 0.1;

/// The weight: 0.1 + 0.9 × (stake / largest stake + reputation) / 2. A change of the stake or the
/// reputation computes the weight again; so does [`refresh`](Self::refresh), because reputations
/// fade with time.
#[derive(Debug)]
pub(super) struct SelectionWeight {
    /// The stake share, as bits of an f64 like the weight.
    stake_share: AtomicU64,
    weight: AtomicU64,
    peer: Option<PeerHandle>,
}

impl SelectionWeight {
    /// Begins without stake.
    pub(super) fn new(peer: Option<PeerHandle>) -> Self {
        let weight = AtomicU64::new(1.0_f64.to_bits());
        Self { stake_share: AtomicU64::new(0), weight, peer }
    }

    pub(super) fn get(&self) -> f64 {
        f64::from_bits(self.weight.load(Ordering::Relaxed))
    }

    /// Returns the stake as a share of the largest.
    pub(super) fn stake_share(&self) -> f64 {
        f64::from_bits(self.stake_share.load(Ordering::Relaxed))
    }

    /// Sets the stake as a share of the largest; zero if it is not finite.
    pub(super) fn set_stake_share(&self, share: f64) {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.stake_share.store(share.to_bits(), Ordering::Relaxed);
        self.refresh();
    }

    /// Returns the reputation from 0 to 1; 1/2 if it is unknown.
    pub(super) fn reputation(&self) -> f64 {
        self.peer.as_ref().map_or(0.5, |peer| f64::from(peer.reputation()))
    }

    /// Reports an outcome to the metastruct.
    pub(super) fn observe(&self, observation: PeerOutcome) {
        if let Some(peer) = &self.peer {
            peer.observe(observation);
            self.refresh();
        }
    }

    pub(super) fn refresh(&self) {
        let merit = f64::midpoint(self.stake_share(), self.reputation());
        let weight = (1.0 - LEAST_WEIGHT).mul_add(merit.clamp(0.0, 1.0), LEAST_WEIGHT);
        self.weight.store(weight.to_bits(), Ordering::Relaxed);
    }

    /// Returns the report of the metastruct, or `None` if it does not know the miner.
    pub(super) fn peer_report(&self) -> Option<PeerReport> {
        self.peer.as_ref().map(PeerHandle::report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_is_of_stake_and_reputation_and_never_zero() {
        let weight = SelectionWeight::new(None);
        weight.set_stake_share(1.0);
        assert!((weight.get() - 0.775).abs() < 1e-9);
        weight.set_stake_share(0.0);
        assert!((weight.get() - 0.325).abs() < 1e-9);
        weight.set_stake_share(f64::NAN);
        assert!((weight.get() - 0.325).abs() < 1e-9);
    }
}
