//! JSON-RPC to the nodes of a network.

mod attempts;
mod complaint;
mod credentials;
mod endpoint;
mod envelope;
mod error;
mod exchange;
mod heads;
mod health;
mod http_client;
mod node_error;
mod options;
mod pinned;
mod pool;
mod refusal;
mod session;
mod transport;
mod types;

pub use error::RpcError;
pub(crate) use error::RpcFailure;
pub(crate) use heads::HeadWatch;
pub use health::{EndpointHealth, EndpointState};
pub(crate) use node_error::NodeError;
pub use options::{InvalidHeader, TransportOptions};
pub(crate) use refusal::{RefusalKind, SubmissionReply};
pub(crate) use session::RpcSession;
pub(crate) use transport::RpcTransport;
pub use types::BlockRef;
pub(crate) use types::{
    CallRequest, HexBytes, Quantity, RawBlock, RawLog, RawLogEntry, RawReceipt, RpcCall,
};
