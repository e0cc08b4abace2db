//! What a miner spends on its callers.

use std::time::Duration;

/// Bounds on connections, sizes and times. None of them can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Connections at the same time; more are closed at once. 1,024 by default.
    pub connections: usize,
    /// Bytes of request line and fields together, at least 8,192. 64 KiB by default.
    pub field_bytes: usize,
    /// Bytes of the content of a request. 1 MiB by default.
    pub content_bytes: usize,
    /// How long a connection may take to send the fields of its next request, idle time
    /// included. 30 s by default.
    pub field_timeout: Duration,
    /// How long a request may take to send its content. 10 s by default.
    pub content_timeout: Duration,
    /// How long a request may take in all, from the arrival of its fields. Callers that wait less
    /// shorten it. 60 s by default.
    pub call_timeout: Duration,
    /// How long each hook may take for its answer, after which the call is refused. 5 s by default.
    pub hook_timeout: Duration,
    /// How long requests under way may go on after the stop signal. 30 s by default.
    pub drain_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            field_bytes: 64 * 1024,
            content_bytes: 1024 * 1024,
            field_timeout: Duration::from_secs(30),
            content_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            hook_timeout: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

impl ServerLimits {
    /// Serves up to `connections` connections.
    #[must_use]
    pub const fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Reads fields of up to `bytes` bytes; less than 8,192 counts as 8,192.
    #[must_use]
    pub const fn with_field_bytes(mut self, bytes: usize) -> Self {
        self.field_bytes = bytes;
        self
    }

    /// Reads content of up to `bytes` bytes.
    #[must_use]
    pub const fn with_content_bytes(mut self, bytes: usize) -> Self {
        self.content_bytes = bytes;
        self
    }

    /// Waits up to `timeout` for the content of a request.
    #[must_use]
    pub const fn with_content_timeout(mut self, timeout: Duration) -> Self {
        self.content_timeout = timeout;
        self
    }

    /// Lets calls take up to `timeout`.
    #[must_use]
    pub const fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Waits up to `timeout` for the answer of each hook.
    #[must_use]
    pub const fn with_hook_timeout(mut self, timeout: Duration) -> Self {
        self.hook_timeout = timeout;
        self
    }

    /// Lets requests under way go on for up to `timeout` after the stop signal.
    #[must_use]
    pub const fn with_drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }
}
