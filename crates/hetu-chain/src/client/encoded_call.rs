//! Contract calls as they are encoded in transactions.

use crate::rpc::{CallRequest, HexBytes};
use crate::{Address, Amount};

/// The target, the HETU sent with the call, and the ABI-encoded data of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedCall {
    /// The contract function, for errors and records.
    pub(super) function: String,
    /// The target, or `None` to create a contract.
    pub(super) to: Option<Address>,
    pub(super) data: Vec<u8>,
    pub(super) value: Amount,
}

impl EncodedCall {
    /// Returns the call as a request that a node runs with `from` as the sender.
    pub(super) fn request(&self, from: Address) -> CallRequest {
        let Self { to, data, value, .. } = self.clone();
        CallRequest { from: Some(from), to, data: HexBytes(data), value, gas: None }
    }
}
