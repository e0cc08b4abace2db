//! The arithmetic of the network's epochs. Pure: no chain, no clock.

mod epoch;

pub use epoch::EpochClock;
