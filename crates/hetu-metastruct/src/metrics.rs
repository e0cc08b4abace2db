//! Counters of followed subnets in the OpenMetrics format.

use std::fmt;
use std::time::Duration;

use hetu_chain::NetUid;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type LabelPairs = Vec<(&'static str, String)>;
type Counts = Family<LabelPairs, Counter>;

#[derive(Debug, Default)]
pub(crate) struct MetastructMetrics {
    changes: Counts,
    reorgs: Counter,
    reorged_blocks: Counter,
    resyncs: Counts,
    reconciliations: Counts,
    differences: Counts,
    snapshots: Counts,
}

/// State of one subnet when metrics are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubnetGauges {
    pub(crate) netuid: NetUid,
    pub(crate) block: u64,
    pub(crate) dendrons: usize,
    pub(crate) age: Duration,
    pub(crate) is_fresh: bool,
}

impl MetastructMetrics {
    pub(crate) fn changed(&self, netuid: NetUid, kind: &'static str) {
        self.changes.get_or_create(&labels(netuid, "kind", kind)).inc();
    }

    pub(crate) fn reorganised(&self, blocks: u64) {
        self.reorgs.inc();
        self.reorged_blocks.inc_by(blocks);
    }

    /// Counts a read of all subnets because of `reason`.
    pub(crate) fn resynced(&self, reason: &'static str) {
        self.resyncs.get_or_create(&vec![("reason", reason.to_owned())]).inc();
    }

    pub(crate) fn reconciled(&self, netuid: NetUid, outcome: &'static str) {
        self.reconciliations.get_or_create(&labels(netuid, "outcome", outcome)).inc();
    }

    pub(crate) fn differed(&self, netuid: NetUid, kind: &'static str) {
        self.differences.get_or_create(&labels(netuid, "kind", kind)).inc();
    }

    pub(crate) fn snapshot(&self, netuid: NetUid, outcome: &'static str) {
        self.snapshots.get_or_create(&labels(netuid, "outcome", outcome)).inc();
    }

    /// Returns the counters, and the gauges of `subnets`, in the text format of OpenMetrics.
    pub(crate) fn render(&self, subnets: impl Iterator<Item = SubnetGauges>) -> String {
        let mut registry = Registry::with_prefix("hetu_metastruct");
        let counts = [
            ("changes", "Number of changes of subnets that views showed, by kind", &self.changes),
            ("resyncs", "Times that everything was read anew, by reason", &self.resyncs),
            ("reconciliations", "Fresh reads beside the events, by outcome", &self.reconciliations),
            ("differences", "What fresh reads showed and events had not told", &self.differences),
            ("snapshots", "Files that were written, loaded or refused", &self.snapshots),
        ];
        for (name, help, counter) in counts {
            registry.register(name, help, counter.clone());
        }
        registry.register("reorgs", "Turns that the chain took", self.reorgs.clone());
        registry.register("reorged_blocks", "Blocks that were undone", self.reorged_blocks.clone());
        let gauge = || Family::<LabelPairs, Gauge>::default();
        let (blocks, dendrons, ages, fresh) = (gauge(), gauge(), gauge(), gauge());
        for subnet in subnets {
            let of_subnet = vec![("netuid", subnet.netuid.to_string())];
            set(&blocks, &of_subnet, subnet.block);
            set(&dendrons, &of_subnet, subnet.dendrons as u64);
            set(&ages, &of_subnet, subnet.age.as_secs());
            set(&fresh, &of_subnet, u64::from(subnet.is_fresh));
        }
        registry.register("block", "Height of the view's block", blocks);
        registry.register("dendrons", "Dendrons in the view", dendrons);
        registry.register("age_seconds", "Age of the view", ages);
        registry.register("fresh", "Whether the view may be decided by", fresh);
        let mut text = String::new();
        // Writing to a string does not fail.
        let outcome: fmt::Result = encode(&mut text, &registry);
        debug_assert!(outcome.is_ok());
        text
    }
}

fn labels(netuid: NetUid, name: &'static str, value: &'static str) -> LabelPairs {
    vec![("netuid", netuid.to_string()), (name, value.to_owned())]
}

fn set(gauge: &Family<LabelPairs, Gauge>, labels: &LabelPairs, value: u64) {
    gauge.get_or_create(labels).set(i64::try_from(value).unwrap_or(i64::MAX));
}
