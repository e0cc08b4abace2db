//! Bounds on the resources that callers use.

use std::time::Duration;

/// Bounds on connections, sizes and times. No bound can be disabled.
///
/// The `with_…` methods change the defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) handshakes: usize,
    pub(crate) field_bytes: usize,
    pub(crate) content_bytes: usize,
    pub(crate) unverified_bytes: usize,
    pub(crate) field_timeout: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) connection_age: Duration,
    pub(crate) content_timeout: Duration,
    pub(crate) call_timeout: Duration,
    pub(crate) hook_timeout: Duration,
    pub(crate) drain_notice: Duration,
    pub(crate) drain_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            connections_per_address: 256,
            handshakes: 256,
            field_bytes: 16 * 1024,
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
    /// Returns the bound on the size of a head. It includes the minimum that hyper needs for any
    /// HTTP/1.1 head; both versions have the same bound.
    pub(crate) fn head_bytes(&self) -> usize {
        self.field_bytes.max(8_192)
    }

    /// Sets the number of simultaneous connections. Further connections are closed at once.
    /// Default: 1,024.
    #[must_use]
    pub const fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets the number of simultaneous connections from one address, or from one IPv6 network of
    /// 2^64 addresses. Default: 256.
    #[must_use]
    pub const fn with_connections_per_address(mut self, connections: usize) -> Self {
        self.connections_per_address = connections;
        self
    }

    /// Sets the number of simultaneous TLS handshakes. One address may use an eighth of them.
    /// Default: 256.
    #[must_use]
    pub const fn with_handshakes(mut self, handshakes: usize) -> Self {
        self.handshakes = handshakes;
        self
    }

    /// Sets the size of a decoded head: its target, and for each field its name, its value and 32
    /// bytes. A value below 8,192 counts as 8,192. Default: 16 KiB.
    #[must_use]
    pub const fn with_field_bytes(mut self, bytes: usize) -> Self {
        self.field_bytes = bytes;
        self
    }

    /// Sets the size of the content of a request. Default: 1 MiB.
    #[must_use]
    pub const fn with_content_bytes(mut self, bytes: usize) -> Self {
        self.content_bytes = bytes;
        self
    }

    /// Sets the memory for all peers without a verified signature: their connections, and the
    /// decoded heads and contents of requests that are not in the queue yet. One address may use an
    /// eighth. The memory always holds at least the longest content and 512 KiB. Default: 64 MiB.
    #[must_use]
    pub const fn with_unverified_bytes(mut self, bytes: usize) -> Self {
        self.unverified_bytes = bytes;
        self
    }

    /// Sets the time limit of a head, from its first byte to its last. Default: 10 s.
    #[must_use]
    pub const fn with_field_timeout(mut self, timeout: Duration) -> Self {
        self.field_timeout = timeout;
        self
    }

    /// Sets the time limit of a TLS handshake. Default: 10 s.
    #[must_use]
    pub const fn with_handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// Sets the time after which an idle connection is closed. Default: 75 s.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets how long a caller may read no bytes of its reply, after the maximum time of a call. The
    /// limit applies to a connection: in HTTP/2, a caller that reads one reply keeps the others.
    /// Default: 30 s.
    #[must_use]
    pub const fn with_stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// Sets the age at which a connection closes as soon as its requests are answered, so that
    /// callers spread over the replicas of a miner again. Default: 1 h.
    #[must_use]
    pub const fn with_connection_age(mut self, age: Duration) -> Self {
        self.connection_age = age;
        self
    }

    /// Sets the time limit for a caller to send the content of a request. Default: 10 s.
    #[must_use]
    pub const fn with_content_timeout(mut self, timeout: Duration) -> Self {
        self.content_timeout = timeout;
        self
    }

    /// Sets the time limit of a call, from the arrival of its head. A caller with a shorter timeout
    /// shortens the limit. Default: 60 s.
    #[must_use]
    pub const fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Sets the time limit of each hook, after which the call is refused. Default: 5 s.
    #[must_use]
    pub const fn with_hook_timeout(mut self, timeout: Duration) -> Self {
        self.hook_timeout = timeout;
        self
    }

    /// Sets how long the miner continues to serve after the stop signal, while `/health/ready`
    /// reports that it is stopping. Default: zero.
    #[must_use]
    pub const fn with_drain_notice(mut self, notice: Duration) -> Self {
        self.drain_notice = notice;
        self
    }

    /// Sets how long requests in flight may continue after that. Default: 30 s.
    #[must_use]
    pub const fn with_drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }
}
