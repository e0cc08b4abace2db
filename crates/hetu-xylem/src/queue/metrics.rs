//! The metrics of the queue.

use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the buckets, in seconds.
const WAITS: [f64; 8] = [0.001, 0.01, 0.05, 0.25, 1.0, 5.0, 15.0, 60.0];

/// The numbers of running and waiting calls, and their waiting times.
#[derive(Clone, Debug)]
pub(crate) struct QueueMetrics {
    at_work: Gauge,
    waiting: Gauge,
    waits: Histogram,
}

impl Default for QueueMetrics {
    fn default() -> Self {
        Self { at_work: Gauge::default(), waiting: Gauge::default(), waits: Histogram::new(WAITS) }
    }
}

impl QueueMetrics {
    pub(crate) fn registered_in(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let Self { at_work, waiting, waits } = &metrics;
        registry.register("calls_at_work", "Calls that are at work", at_work.clone());
        registry.register("calls_waiting", "Calls that wait for others", waiting.clone());
        registry.register_with_unit(
            "calls_wait",
            "How long calls waited for others before they were at work",
            Unit::Seconds,
            waits.clone(),
        );
        metrics
    }

    pub(super) fn show(&self, at_work: usize, waiting: usize) {
        self.at_work.set(i64::try_from(at_work).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    pub(super) fn waited(&self, time: Duration) {
        self.waits.observe(time.as_secs_f64());
    }
}
