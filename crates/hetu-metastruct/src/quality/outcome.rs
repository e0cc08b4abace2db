//! The outcome of a request to a peer.

use std::time::Duration;

/// The outcome of a request to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerOutcome {
    /// A verified reply.
    Verified {
        /// Time from the request to the end of the reply.
        latency: Duration,
    },
    /// No verifiable reply. The peer was out of reach, too late, or reported its own fault.
    Failed,
    /// A refused reply, which was not what the registered key signed for this request.
    Refused,
}
