//! Limits of streams.

/// The limits of a stream for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Maximum bytes of one event.
    pub(crate) event_bytes: usize,
    /// Maximum number of events of one stream, not counting its end.
    pub(crate) events: u64,
}

impl Default for StreamLimits {
    /// Returns events of 1 MiB, and 2^20 of them.
    fn default() -> Self {
        Self { event_bytes: 1 << 20, events: 1 << 20 }
    }
}

impl StreamLimits {
    /// Sets the maximum size of an event.
    #[must_use]
    pub const fn with_event_bytes(mut self, bytes: usize) -> Self {
        self.event_bytes = bytes;
        self
    }

    /// Sets the maximum number of events.
    #[must_use]
    pub const fn with_events(mut self, events: u64) -> Self {
        self.events = events;
        self
    }
}
