//! The metrics of a miner, as OpenMetrics.
//!
//! Each miner has one registry. Each subject has its own metrics struct, which registers itself
//! when the miner starts; see [`ConnectionMetrics`].

use std::fmt;

use hetu_metastruct::Metastruct;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The end marker of an OpenMetrics text, which occurs nowhere else in it.
const END: &str = "# EOF\n";

/// One label with a fixed set of values, so that untrusted input cannot add values.
pub(crate) type Label = [(&'static str, &'static str); 1];

/// All metrics of a miner.
pub(crate) struct MinerMetrics {
    registry: Registry,
    metastruct: Option<Metastruct>,
}

impl MinerMetrics {
    /// Returns an empty registry, in which each subject registers its metrics.
    pub(crate) fn registry() -> Registry {
        Registry::with_prefix("hetu_xylem")
    }

    /// Returns the metrics of `registry` and of the subnet view.
    pub(crate) const fn new(registry: Registry, metastruct: Option<Metastruct>) -> Self {
        Self { registry, metastruct }
    }

    /// Returns the current metrics in the OpenMetrics text format.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        // A write into a string cannot fail.
        let outcome: fmt::Result = encode(&mut text, &self.registry);
        debug_assert!(outcome.is_ok());
        if let Some(metastruct) = &self.metastruct {
            text.truncate(text.len() - END.len());
            text.push_str(&metastruct.metrics());
        }
        text
    }
}

impl fmt::Debug for MinerMetrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// The metrics of connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionMetrics {
    accepted: Counter,
    open: Gauge,
    refused: Family<Label, Counter>,
    ended: Family<Label, Counter>,
    failed_handshakes: Family<Label, Counter>,
}

impl ConnectionMetrics {
    pub(crate) fn registered_in(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let Self { accepted, open, refused, ended, failed_handshakes } = &metrics;
        registry.register("connections", "Connections that were served", accepted.clone());
        registry.register("connections_open", "Connections at this moment", open.clone());
        registry.register(
            "connections_refused",
            "Connections that were closed at once, by cause",
            refused.clone(),
        );
        let help = "Connections that were served and are over, by how they ended";
        registry.register("connections_ended", help, ended.clone());
        let help = "TLS handshakes that came to nothing, by cause";
        registry.register("tls_handshakes_failed", help, failed_handshakes.clone());
        metrics
    }

    /// Counts a connection as open until the returned value is dropped.
    pub(crate) fn opened(&self) -> OpenConnection {
        self.accepted.inc();
        self.open.inc();
        OpenConnection(self.open.clone())
    }

    /// Counts a connection that was closed at once.
    pub(crate) fn refused(&self, cause: &'static str) {
        self.refused.get_or_create(&[("cause", cause)]).inc();
    }

    /// Counts a served connection that ended.
    pub(crate) fn ended(&self, end: &'static str) {
        self.ended.get_or_create(&[("end", end)]).inc();
    }

    /// Counts a failed TLS handshake.
    pub(crate) fn handshake_failed(&self, cause: &'static str) {
        self.failed_handshakes.get_or_create(&[("cause", cause)]).inc();
    }
}

/// A guard that counts a connection as open while it exists.
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_text_with_one_end() {
        let mut registry = MinerMetrics::registry();
        let connections = ConnectionMetrics::registered_in(&mut registry);
        let metrics = MinerMetrics::new(registry, None);
        connections.refused("total");
        let open = connections.opened();
        drop(connections.opened());
        let text = metrics.render();
        assert!(text.contains("hetu_xylem_connections_open 1\n"), "{text}");
        assert!(text.contains("hetu_xylem_connections_total 2\n"), "{text}");
        assert!(
            text.contains("hetu_xylem_connections_refused_total{cause=\"total\"} 1\n"),
            "{text}"
        );
        assert!(text.ends_with(END) && text.matches(END).count() == 1, "{text}");
        drop(open);
        assert!(metrics.render().contains("hetu_xylem_connections_open 0\n"));
    }
}
