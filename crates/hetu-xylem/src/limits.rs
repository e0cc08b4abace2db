//! What a miner spends on its callers.

use std::time::Duration;

/// Bounds on connections, sizes and times. None of them can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Connections at the same time; more are closed at once. 1,024 by default.
    pub connections: usize,
    /// Connections at the same time from one address, or from one network of 2^64 addresses of
    /// IPv6. 256 by default.
    pub connections_per_address: usize,
    /// Requests at the same time on one connection of HTTP/2. 128 by default.
    pub streams: u32,
    /// TLS handshakes at the same time, of which an eighth may be with one address. 256 by default.
    pub handshakes: usize,
    /// Bytes of request line and fields together, at least 8,192. 64 KiB by default.
    pub field_bytes: usize,
    /// Bytes of the content of a request. 1 MiB by default.
    pub content_bytes: usize,
    /// Bytes of content of all requests that are not in the queue yet: whose signature is not
    /// verified, or whose hooks have not answered. A quarter may come from one address. 64 MiB by
    /// default.
    pub unverified_bytes: usize,
    /// How long the fields of a request may take from their first byte to their last. 10 s by
    /// default.
    pub field_timeout: Duration,
    /// How long a TLS handshake may take. 10 s by default.
    pub handshake_timeout: Duration,
    /// How long a connection is kept on which nothing happens. 75 s by default.
    pub idle_timeout: Duration,
    /// How long a caller may take nothing of its reply, after the longest that a call may take.
    /// It counts for a connection: in HTTP/2, where one carries many replies, whoever takes some of
    /// one of them keeps the others too. 30 s by default.
    pub stall_timeout: Duration,
    /// After what time a connection is closed as soon as its requests are answered, so that
    /// callers spread anew over the replicas of a miner. 1 h by default.
    pub connection_age: Duration,
    /// How long a request may take to send its content. 10 s by default.
    pub content_timeout: Duration,
    /// How long a request may take in all, from the arrival of its fields. Callers that wait less
    /// shorten it. 60 s by default.
    pub call_timeout: Duration,
    /// How long each hook may take for its answer, after which the call is refused. 5 s by default.
    pub hook_timeout: Duration,
    /// How long to go on as before after the stop signal, while `/health/ready` says that the
    /// miner is stopping, so that balancers send nobody any more. None by default.
    pub drain_notice: Duration,
    /// How long requests under way may go on after that. 30 s by default.
    pub drain_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            connections_per_address: 256,
            streams: 128,
            handshakes: 256,
            field_bytes: 64 * 1024,
            content_bytes: 1024 * 1024,
            unverified_bytes: 64 * 1024 * 1024,
            field_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            connection_age: Duration::from_secs(3_600),
            content_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            hook_timeout: Duration::from_secs(5),
            drain_notice: Duration::ZERO,
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

    /// Serves up to `connections` connections from one address.
    #[must_use]
    pub const fn with_connections_per_address(mut self, connections: usize) -> Self {
        self.connections_per_address = connections;
        self
    }

    /// Serves up to `streams` requests at the same time on a connection of HTTP/2.
    #[must_use]
    pub const fn with_streams(mut self, streams: u32) -> Self {
        self.streams = streams;
        self
    }

    /// Takes up to `handshakes` TLS handshakes at the same time.
    #[must_use]
    pub const fn with_handshakes(mut self, handshakes: usize) -> Self {
        self.handshakes = handshakes;
        self
    }

    /// Waits up to `timeout` for the rest of the fields of a request.
    #[must_use]
    pub const fn with_field_timeout(mut self, timeout: Duration) -> Self {
        self.field_timeout = timeout;
        self
    }

    /// Waits up to `timeout` for a TLS handshake.
    #[must_use]
    pub const fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Keeps a connection for up to `timeout` on which nothing happens.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Waits up to `timeout` for a caller that takes nothing of its reply.
    #[must_use]
    pub const fn with_stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// Closes a connection when it is older than `age`, and nothing is under way on it.
    #[must_use]
    pub const fn with_connection_age(mut self, age: Duration) -> Self {
        self.connection_age = age;
        self
    }

    /// Goes on for `notice` after the stop signal, not ready any more.
    #[must_use]
    pub const fn with_drain_notice(mut self, notice: Duration) -> Self {
        self.drain_notice = notice;
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

    /// Holds up to `bytes` bytes of content of requests that are not in the queue yet.
    #[must_use]
    pub const fn with_unverified_bytes(mut self, bytes: usize) -> Self {
        self.unverified_bytes = bytes;
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
