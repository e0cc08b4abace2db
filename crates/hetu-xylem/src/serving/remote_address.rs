//! Where a connection comes from.

use std::net::SocketAddr;

/// The other end of the connection on which a request came, in its extensions.
///
/// The miner puts it there for itself and for layers. Behind a proxy it is the proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RemoteAddress(pub SocketAddr);
