//! JSON-RPC to the nodes of a network.

mod error;
mod transport;
mod types;

pub use error::RpcError;
pub(crate) use error::{NodeError, RpcFailure};
pub(crate) use transport::{RpcCall, Transport};
pub use types::BlockRef;
pub(crate) use types::{CallRequest, HexBytes, Quantity, RawBlock, RawLog, RawReceipt};
