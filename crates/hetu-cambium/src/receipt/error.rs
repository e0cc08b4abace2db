//! Why a receipt proves nothing.

use std::error::Error;

use hetu_chain::text::ForeignError;
use hetu_chain::{Retryability, Retryable};

use crate::{InvalidContentDigest, Refusal, ReplyRefusal};

/// Why a receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReceipt {
    /// Not a receipt, or one of another version.
    #[error("not a receipt: {reason}")]
    Malformed {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// The receipt is longer than is read.
    #[error("a receipt has at most {limit} bytes")]
    TooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// A head has more fields, or longer ones, than are read.
    #[error("a head in a receipt has at most {fields} fields and {bytes} bytes")]
    HeadTooLarge {
        /// The largest number of fields.
        fields: usize,
        /// The largest number of bytes in method, target, and names and values of fields.
        bytes: usize,
    },
    /// The caller did not sign the request. A caller whose account is a contract cannot be told
    /// from one who did not sign: who asks the chain can.
    #[error("the request of the receipt: {0}")]
    Request(Refusal),
    /// The content of the request is not what the caller signed.
    #[error("the request of the receipt: {0}")]
    RequestContent(InvalidContentDigest),
    /// The miner did not sign the reply to this request.
    #[error("the reply of the receipt: {0}")]
    Reply(ReplyRefusal),
    /// The reply is from another time than the request.
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
