//! A rate and its arithmetic.

use std::time::Duration;

use hetu_chain::{Retryability, Retryable};
use tokio::time::Instant;

/// A rate: a number of calls per period, evenly spread, with a burst.
///
/// It is counted by the generic cell rate algorithm (ITU-T I.371). A caller has one moment, at
/// which its calls so far no longer count. It may call while the moment is not further ahead than
/// the duration of the burst. A caller with a past moment is equivalent to a new one, so it can be
/// discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The time that one call uses.
    interval: Duration,
    burst: u32,
}

impl Rate {
    /// Creates a rate of `calls` in each `period`, all of which may arrive at once.
    ///
    /// # Errors
    /// [`InvalidRate`] if the number of calls or the period is zero, if there is more than one call
    /// per nanosecond, or if the period is longer than a day.
    pub fn new(calls: u32, period: Duration) -> Result<Self, InvalidRate> {
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        let interval = period.checked_div(calls).ok_or(InvalidRate::NoCall)?;
        if interval.is_zero() || period > LONGEST {
            return Err(InvalidRate::Period { period });
        }
        Ok(Self { interval, burst: calls })
    }

    /// Creates a rate of `calls` per second, all of which may arrive at once.
    ///
    /// # Errors
    /// [`InvalidRate`] if `calls` is zero or above 10^9.
    pub fn per_second(calls: u32) -> Result<Self, InvalidRate> {
        Self::new(calls, Duration::from_secs(1))
    }

    /// Creates a rate of `calls` per minute, all of which may arrive at once.
    ///
    /// # Errors
    /// [`InvalidRate`] if `calls` is zero.
    pub fn per_minute(calls: u32) -> Result<Self, InvalidRate> {
        Self::new(calls, Duration::from_secs(60))
    }

    /// Sets the burst: the number of calls that may arrive at once, at least 1.
    #[must_use]
    pub fn with_burst(mut self, calls: u32) -> Self {
        self.burst = calls.max(1);
        self
    }

    /// Returns the time that a caller with a used-up burst waits for its next call.
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// Returns the number of calls that may arrive at once.
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// Returns how far ahead the moment of a caller may be.
    pub(crate) fn tolerance(&self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }

    /// Returns the new moment after one more call at `now` by a caller with `moment`, or the time
    /// that the call has to wait.
    pub(crate) fn advance(
        &self,
        moment: Option<Instant>,
        now: Instant,
    ) -> Result<Instant, Duration> {
        let moment = moment.map_or(now, |moment| moment.max(now)) + self.interval;
        let too_far = (moment - now).saturating_sub(self.tolerance());
        if too_far.is_zero() { Ok(moment) } else { Err(too_far) }
    }
}

/// An invalid rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRate {
    /// A rate of zero calls.
    #[error("a rate allows one call at least: to serve nobody, say so in the policy")]
    NoCall,
    /// A period that is zero, too long, or too short for its calls.
    #[error("a rate counts in a period of up to a day, and up to a call a nanosecond: {period:?}")]
    Period {
        /// The period.
        period: Duration,
    },
}

impl Retryable for InvalidRate {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn a_burst_comes_at_once_and_then_one_call_an_interval() {
        let rate = Rate::per_second(10).unwrap().with_burst(3);
        let start = Instant::now();
        let mut moment = None;
        for _ in 0..3 {
            moment = Some(rate.advance(moment, start).unwrap());
        }
        assert_eq!(rate.advance(moment, start), Err(100 * MILLISECOND));
        assert_eq!(rate.advance(moment, start + 99 * MILLISECOND), Err(MILLISECOND));
        moment = Some(rate.advance(moment, start + 100 * MILLISECOND).unwrap());
        assert!(rate.advance(moment, start + 100 * MILLISECOND).is_err());
        // After a long wait, the caller has exactly one full burst again.
        let later = start + 1_000 * MILLISECOND;
        for _ in 0..3 {
            moment = Some(rate.advance(moment, later).unwrap());
        }
        assert!(rate.advance(moment, later).is_err());
    }

    #[test]
    fn a_rate_that_counts_nothing_is_refused() {
        assert_eq!(Rate::per_second(0), Err(InvalidRate::NoCall));
        let day = Duration::from_secs(86_400);
        assert!(Rate::new(1, day).is_ok());
        for period in [Duration::ZERO, Duration::from_nanos(1), day + MILLISECOND] {
            assert_eq!(Rate::new(2, period), Err(InvalidRate::Period { period }), "{period:?}");
        }
        assert_eq!(Rate::per_minute(30).unwrap().interval(), Duration::from_secs(2));
        assert_eq!(Rate::per_minute(30).unwrap().with_burst(0).burst(), 1);
    }
}
