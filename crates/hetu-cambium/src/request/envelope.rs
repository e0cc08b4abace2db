//! To whom a request goes, and for how long.

use std::time::Duration;

use hetu_chain::{Address, NetUid};

use crate::Codec;

/// The longest timeout that fits the field: about 49 days.
const LONGEST_TIMEOUT: Duration = Duration::from_millis(u32::MAX as u64);

/// What a request says about itself besides its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The subnet in which the caller calls.
    pub netuid: NetUid,
    /// The miner that is called. Only it accepts the request, and only its reply is accepted.
    pub recipient: Address,
    /// How long the caller waits for the reply, in whole milliseconds, at least one.
    pub timeout: Duration,
    /// How request and reply are written.
    pub codec: Codec,
}

impl Envelope {
    /// A request in JSON to `recipient`, who has `timeout` to answer.
    pub fn new(netuid: NetUid, recipient: Address, timeout: Duration) -> Self {
        Self { netuid, recipient, timeout, codec: Codec::default() }
    }

    /// Writes request and reply by `codec`.
    #[must_use]
    pub const fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// The timeout in milliseconds as the field `hetu-timeout-ms` carries it.
    pub(crate) fn timeout_milliseconds(&self) -> u32 {
        let timeout = self.timeout.clamp(Duration::from_millis(1), LONGEST_TIMEOUT);
        u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)
    }
}
