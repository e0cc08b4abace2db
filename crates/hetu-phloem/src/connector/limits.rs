//! The limits on connections.

use std::time::Duration;

/// The limits on open connections of a client. None of them can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    pub(crate) open: usize,
    pub(crate) connecting: usize,
    pub(crate) exchanges_per_miner: usize,
    pub(crate) idle_per_miner: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            open: 4_096,
            connecting: 256,
            exchanges_per_miner: 128,
            idle_per_miner: 128,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(20),
        }
    }
}

impl ConnectionLimits {
    /// Sets the maximum open connections to all miners together, idle ones included, at least one.
    /// 4,096 by default; a further one waits for another to close.
    #[must_use]
    pub const fn with_open(mut self, connections: usize) -> Self {
        self.open = at_least_one(connections);
        self
    }

    /// Sets the maximum connections to all miners that are being made, at least one. 256 by
    /// default.
    #[must_use]
    pub const fn with_connecting(mut self, connections: usize) -> Self {
        self.connecting = at_least_one(connections);
        self
    }

    /// Sets the maximum concurrent exchanges with one miner, at least one; further ones wait. Over
    /// HTTP/1.1 each takes a connection, of which miners grant some hundreds to one address. 128 by
    /// default.
    #[must_use]
    pub const fn with_exchanges_per_miner(mut self, exchanges: usize) -> Self {
        self.exchanges_per_miner = at_least_one(exchanges);
        self
    }

    /// Sets the maximum idle connections to one miner. 128 by default.
    #[must_use]
    pub const fn with_idle_per_miner(mut self, connections: usize) -> Self {
        self.idle_per_miner = connections;
        self
    }

    /// Sets the time limit for making a connection, TLS included. 5 s by default.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time after which idle connections are closed. 20 s by default, which is less than
    /// the usual limit of servers, so that the server does not close one when it is used.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }
}

const fn at_least_one(number: usize) -> usize {
    if number == 0 { 1 } else { number }
}
