//! The mining mode of a devnet.

use std::time::Duration;

/// The mining mode of a devnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mining {
    /// One block per transaction, as soon as the transaction arrives.
    #[default]
    Instant,
    /// One block per interval, with as many of the waiting transactions as fit. An interval below a
    /// millisecond counts as one.
    Interval(Duration),
    /// Blocks on request only.
    Manual,
}

impl Mining {
    /// Returns interval mining every `seconds`, or manual mining for zero, like
    /// `evm_setIntervalMining`.
    pub(crate) fn each(seconds: u64) -> Self {
        match seconds {
            0 => Self::Manual,
            seconds => Self::Interval(Duration::from_secs(seconds)),
        }
    }
}
