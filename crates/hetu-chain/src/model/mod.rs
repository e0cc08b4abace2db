//! What the contracts know, in our own types.

mod dendron;
mod stake;
mod subnet;
mod transaction;

pub use dendron::{Dendron, RawEndpoint, Role};
pub use stake::{Allocation, Stake};
pub use subnet::{Hyperparameters, Subnet};
pub(crate) use transaction::Log;
pub use transaction::{Block, Receipt};
