//! The latency of peers over days, as snapshots keep it.

use std::time::Duration;

use hetu_chain::resilience::PeakEwmaPolicy;

use super::packed::TICK;

/// An estimator in which ten seconds of quick answers make up for most of one slow answer. It has
/// no maximum age, because it also ranks peers that are rarely called.
pub(super) const LATENCY: PeakEwmaPolicy =
    PeakEwmaPolicy { decay: Duration::from_secs(10), replaced_after: Duration::MAX, tick: TICK };

#[cfg(test)]
mod tests {
    use hetu_chain::resilience::PeakEwma;

    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_700_000_000 + seconds)
    }

    #[test]
    fn bad_news_count_at_once_and_good_news_slowly() {
        let latency = PeakEwma::default();
        assert_eq!(latency.estimate(), None);
        latency.observe(Duration::from_millis(10), at(0), &LATENCY);
        latency.observe(Duration::from_millis(500), at(1), &LATENCY);
        assert_eq!(latency.estimate(), Some(Duration::from_millis(500)));
        latency.observe(Duration::from_millis(10), at(2), &LATENCY);
        let soon = latency.estimate().unwrap();
        assert!(soon > Duration::from_millis(450), "{soon:?}");
        latency.observe(Duration::from_millis(10), at(32), &LATENCY);
        let later = latency.estimate().unwrap();
        assert!(later < Duration::from_millis(40), "{later:?}");
    }

    #[test]
    fn a_clock_that_is_set_back_changes_nothing_by_itself() {
        let latency = PeakEwma::default();
        latency.observe(Duration::from_millis(500), at(100), &LATENCY);
        latency.observe(Duration::from_millis(10), at(50), &LATENCY);
        assert_eq!(latency.estimate(), Some(Duration::from_millis(500)));
    }
}
