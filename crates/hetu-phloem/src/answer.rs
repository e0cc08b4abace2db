//! The verified answer of a miner.

use std::time::Duration;

use hetu_cambium::Receipt;
use hetu_chain::Address;

/// The reply of a miner, proven to be its answer to this very request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<Reply> {
    /// The reply of the service.
    pub reply: Reply,
    /// The miner that signed it.
    pub miner: Address,
    /// The time from before signing the request to after verifying the reply. The proof of the
    /// miner's key, if one was necessary first, does not count.
    pub latency: Duration,
    /// The evidence of both signatures, contents included, if the client keeps receipts.
    pub receipt: Option<Box<Receipt>>,
    /// The identifier of the request in the miner's log, if the reply had one (`x-request-id`), of
    /// at most 128 visible characters. It joins the logs of both sides. No signature covers it, so
    /// it is no evidence.
    pub request_id: Option<Box<str>>,
}
