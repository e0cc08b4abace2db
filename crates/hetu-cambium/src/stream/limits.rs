//! How much of a stream is read.

/// Bounds on a stream, for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// The most bytes of one event.
    pub(crate) event_bytes: usize,
    /// The most events of one stream, its end not counted.
    pub(crate) events: u64,
}

impl Default for StreamLimits {
    /// Events of 1 MiB, and 2^20 of them.
    fn default() -> Self {
        Self { event_bytes: 1 << 20, events: 1 << 20 }
    }
}

impl StreamLimits {
    /// Reads events of up to `bytes`.
    #[must_use]
    pub const fn with_event_bytes(mut self, bytes: usize) -> Self {
        self.event_bytes = bytes;
        self
    }

    /// Reads up to `events`.
    #[must_use]
    pub const fn with_events(mut self, events: u64) -> Self {
        self.events = events;
        self
    }
}
