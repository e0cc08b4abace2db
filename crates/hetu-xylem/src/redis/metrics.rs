//! The metrics of Redis.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Default)]
pub(super) struct RedisMetrics {
    up: Gauge,
    failures: Counter,
}

impl RedisMetrics {
    pub(super) fn register_in(&self, registry: &mut Registry) {
        let Self { up, failures } = self;
        let help = "Whether Redis answered when it was last looked after";
        registry.register("redis_up", help, up.clone());
        let help = "Questions that Redis did not answer";
        registry.register("redis_failures", help, failures.clone());
    }

    pub(super) fn set_up(&self, is_up: bool) {
        self.up.set(i64::from(is_up));
    }

    pub(super) fn failed(&self) {
        self.failures.inc();
    }
}
