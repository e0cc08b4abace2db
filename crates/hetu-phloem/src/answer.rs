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
    /// From before signing the request to after verifying the reply. The proof of the miner's key,
    /// where one was to be made first, does not count.
    pub latency: Duration,
    /// The evidence of both signatures, contents included, if the client keeps receipts.
    pub receipt: Option<Box<Receipt>>,
    /// The name of the request in the miner's log, if the reply had one (`x-request-id`), of at most
    /// 128 visible characters. No signature covers it: it joins the logs of both sides, and proves
    /// nothing.
    pub request_id: Option<Box<str>>,
}
