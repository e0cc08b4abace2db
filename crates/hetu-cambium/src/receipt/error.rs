//! Errors of receipts.

use std::error::Error;

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

use crate::{InvalidContentDigest, Refusal, ReplyRefusal};

/// A reason why a receipt is not valid evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReceipt {
    /// A document that is not a receipt, or is of another version.
    #[error("not a receipt: {reason}")]
    Malformed {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// A receipt that is longer than the limit.
    #[error("a receipt has at most {limit} bytes")]
    TooLarge {
        /// Maximum bytes of a receipt.
        limit: usize,
    },
    /// A head with more or longer fields than the limits allow.
    #[error("a head in a receipt has at most {fields} fields and {bytes} bytes")]
    HeadTooLarge {
        /// Maximum number of fields.
        fields: usize,
        /// Maximum bytes in method, target, and names and values of fields.
        bytes: usize,
    },
    /// A request that the caller did not sign. The signature of a contract account cannot be
    /// verified without the chain, so it also leads to this error.
    #[error("the request of the receipt: {0}")]
    Request(Refusal),
    /// Content of the request that does not match the caller's signature.
    #[error("the request of the receipt: {0}")]
    RequestContent(InvalidContentDigest),
    /// A reply to this request that the miner did not sign.
    #[error("the reply of the receipt: {0}")]
    Reply(ReplyRefusal),
    /// A reply that was not signed at the time of the request.
    #[error("the reply of the receipt was not made while its request was valid")]
    WrongTime,
}

impl InvalidReceipt {
    pub(super) fn malformed(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Malformed { reason: ForeignError::new(reason) }
    }
}

impl Retryable for InvalidReceipt {
    fn retryability(&self) -> Retryability {
        Retryability::Final
    }
}
