//! A contract call as a transaction carries it.

use crate::rpc::{CallRequest, HexBytes};
use crate::{Address, Amount};

/// The target, the HETU sent along and the ABI-encoded data of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedCall {
    /// The contract function, for errors and records.
    pub(super) function: String,
    /// `None` to create a contract.
    pub(super) to: Option<Address>,
    pub(super) data: Vec<u8>,
    pub(super) value: Amount,
}

impl EncodedCall {
    /// Returns the call as a node runs it in the name of `from`.
    pub(super) fn request(&self, from: Address) -> CallRequest {
        let Self { to, data, value, .. } = self.clone();
        CallRequest { from: Some(from), to, data: HexBytes(data), value, gas: None }
    }
}
