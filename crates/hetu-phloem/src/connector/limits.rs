//! How many connections there may be.

use std::time::Duration;

/// Bounds on what a client has open. None of them can be switched off.
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
    /// Keeps up to `connections` to all miners together, idle ones included, at least one. 4,096 by
    /// default; a further one waits for another to close.
    #[must_use]
    pub const fn with_open(mut self, connections: usize) -> Self {
        self.open = at_least_one(connections);
        self
    }

    /// Makes up to `connections` at once, to all miners together, at least one. 256 by default.
    #[must_use]
    pub const fn with_connecting(mut self, connections: usize) -> Self {
        self.connecting = at_least_one(connections);
        self
    }

    /// Has up to `exchanges` with one miner at once, at least one; further ones wait. Over HTTP/1.1
    /// each takes a connection, of which miners grant some hundreds to one address. 128 by default.
    #[must_use]
    pub const fn with_exchanges_per_miner(mut self, exchanges: usize) -> Self {
        self.exchanges_per_miner = at_least_one(exchanges);
        self
    }

    /// Keeps up to `connections` to one miner that are idle. 128 by default.
    #[must_use]
    pub const fn with_idle_per_miner(mut self, connections: usize) -> Self {
        self.idle_per_miner = connections;
        self
    }

    /// Lets connections take up to `timeout` to come about, TLS included. 5 s by default.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Keeps idle connections for up to `timeout`. 20 s by default, which is less than servers
    /// commonly wait, so that they do not close one in the moment in which it is used.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }
}

const fn at_least_one(number: usize) -> usize {
    if number == 0 { 1 } else { number }
}
