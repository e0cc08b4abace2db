//! The time window in which signatures are accepted.

use std::time::Duration;

use crate::{Reason, Refusal};

/// The longest validity that every verifier must accept (ERC-8128, section 3.3.2).
const LEAST_MAX_VALIDITY: u64 = 60;

/// The times at which a signature is accepted, in whole seconds.
///
/// A signature with the times `created` and `expires` is accepted at `now` exactly when
/// `created - skew <= now <= expires + skew` (ERC-8128, section 3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptanceWindow {
    max_validity: u64,
    skew: u64,
}

impl Default for AcceptanceWindow {
    /// Returns a validity of at most 60 seconds and a clock skew of 30 seconds.
    fn default() -> Self {
        Self { max_validity: LEAST_MAX_VALIDITY, skew: 30 }
    }
}

impl AcceptanceWindow {
    /// Sets the maximum validity of accepted signatures, rounded down to seconds.
    ///
    /// Less than 60 seconds counts as 60 seconds. Every verifier accepts that much, so that a
    /// caller need not query the limit first.
    #[must_use]
    pub fn with_max_validity(mut self, max_validity: Duration) -> Self {
        self.max_validity = max_validity.as_secs().max(LEAST_MAX_VALIDITY);
        self
    }

    /// Sets the tolerated difference between clocks, rounded down to seconds.
    #[must_use]
    pub const fn with_skew(mut self, skew: Duration) -> Self {
        self.skew = skew.as_secs();
        self
    }

    /// Returns the maximum accepted time from `created` to `expires`.
    pub const fn max_validity(&self) -> Duration {
        Duration::from_secs(self.max_validity)
    }

    /// Returns the maximum difference between the signer's clock and the local clock.
    pub const fn skew(&self) -> Duration {
        Duration::from_secs(self.skew)
    }

    /// Returns the maximum time for which one signature can be accepted: made by a clock that is
    /// ahead by the skew, and accepted until it is behind by the skew.
    pub const fn span(&self) -> Duration {
        Duration::from_secs(self.max_validity.saturating_add(self.skew).saturating_add(self.skew))
    }

    /// Returns the last second at which a signature that expires at `expires` is accepted.
    pub(crate) const fn last_second(&self, expires: u64) -> u64 {
        expires.saturating_add(self.skew)
    }

    /// Checks the times of a signature against the time `now`.
    pub(crate) fn check(&self, created: u64, expires: u64, now: u64) -> Result<(), Refusal> {
        if expires <= created {
            return Err(Refusal::new(Reason::InvalidTime, "expires is not later than created"));
        }
        if expires - created > self.max_validity {
            return Err(Refusal::new(
                Reason::RequestValidityTooLong,
                "the time from created to expires is longer than accepted here",
            ));
        }
        if now.saturating_add(self.skew) < created {
            return Err(Refusal::new(
                Reason::RequestNotYetValid,
                "created lies in the future: compare the clocks",
            ));
        }
        if now > self.last_second(expires) {
            return Err(Refusal::new(Reason::RequestExpired, "expires lies in the past"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(window: AcceptanceWindow, created: u64, expires: u64, now: u64) -> Option<Reason> {
        window.check(created, expires, now).err().map(|refusal| refusal.reason())
    }

    #[test]
    fn the_window_ends_at_the_skew_on_both_sides() {
        let window = AcceptanceWindow::default();
        assert_eq!(reason(window, 1_000, 1_060, 970), None);
        assert_eq!(reason(window, 1_000, 1_060, 969), Some(Reason::RequestNotYetValid));
        assert_eq!(reason(window, 1_000, 1_060, 1_090), None);
        assert_eq!(reason(window, 1_000, 1_060, 1_091), Some(Reason::RequestExpired));
    }

    #[test]
    fn a_validity_is_positive_and_bounded() {
        let window = AcceptanceWindow::default();
        assert_eq!(reason(window, 1_000, 1_000, 1_000), Some(Reason::InvalidTime));
        assert_eq!(reason(window, 1_000, 1_061, 1_000), Some(Reason::RequestValidityTooLong));
        let wider = window.with_max_validity(Duration::from_secs(300));
        assert_eq!(reason(wider, 1_000, 1_300, 1_000), None);
        assert_eq!(wider.span(), Duration::from_secs(360));
    }

    #[test]
    fn a_verifier_takes_60_seconds_whatever_it_is_told() {
        let window = AcceptanceWindow::default().with_max_validity(Duration::from_secs(5));
        assert_eq!(window.max_validity(), Duration::from_secs(60));
    }

    #[test]
    fn times_at_the_end_of_the_number_range_do_not_wrap() {
        let window = AcceptanceWindow::default();
        assert_eq!(reason(window, u64::MAX - 1, u64::MAX, 1_000), Some(Reason::RequestNotYetValid));
        assert_eq!(reason(window, 0, 1, u64::MAX), Some(Reason::RequestExpired));
    }
}
