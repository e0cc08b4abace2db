//! When blocks are mined.

use std::time::Duration;

/// When blocks are mined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mining {
    /// Each transaction gets a block of its own as soon as it comes in.
    #[default]
    Instant,
    /// A block comes at each interval, with as many of the waiting transactions as fit. An
    /// interval below a millisecond counts as one.
    Interval(Duration),
    /// Only when told to.
    Manual,
}

impl Mining {
    /// At this interval, or by hand if it is zero, as `evm_setIntervalMining` has it.
    pub(crate) fn each(seconds: u64) -> Self {
        match seconds {
            0 => Self::Manual,
            seconds => Self::Interval(Duration::from_secs(seconds)),
        }
    }
}
