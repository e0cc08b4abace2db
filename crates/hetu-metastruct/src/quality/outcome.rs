//! The outcome of a request to a peer.

use std::time::Duration;

/// Outcome of a request to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerOutcome {
    /// A reply came that was verified.
    Verified {
        /// From the request to the end of the reply.
        latency: Duration,
    },
    /// No reply came that could be verified: the peer was out of reach, too late, or at fault and
    /// reported that.
    Failed,
    /// A reply came that was refused: it was not what the registered key signed for this request.
    Refused,
}
