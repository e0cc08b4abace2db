//! The recipient and the timeout of a request.

use std::time::Duration;

use hetu_chain::{Address, NetUid};

use crate::Codec;

/// The longest timeout that fits the field: about 49 days.
const LONGEST_TIMEOUT: Duration = Duration::from_millis(u32::MAX as u64);

/// The options of a request besides its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The subnet of the call.
    pub netuid: NetUid,
    /// The called miner. Only this miner accepts the request, and only its reply is accepted.
    pub recipient: Address,
    /// The time that the caller waits for the reply, in whole milliseconds, at least one.
    pub timeout: Duration,
    /// The codec of request and reply.
    pub codec: Codec,
}

impl Envelope {
    /// Creates an envelope for a request in JSON to `recipient`, which has `timeout` to answer.
    pub fn new(netuid: NetUid, recipient: Address, timeout: Duration) -> Self {
        Self { netuid, recipient, timeout, codec: Codec::default() }
    }

    /// Sets the codec of request and reply.
    #[must_use]
    pub const fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Returns the timeout in milliseconds, as in the field `hetu-timeout-ms`.
    pub(crate) fn timeout_milliseconds(&self) -> u32 {
        let timeout = self.timeout.clamp(Duration::from_millis(1), LONGEST_TIMEOUT);
        u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)
    }
}
