//! Changes of the chain: from a call to its receipt.

mod attempts;
mod broadcast;
mod contract_call;
mod dispatch;
mod dry_run;
mod fee_ceiling;
mod fee_market;
mod fees;
mod flight;
mod lookup;
mod nonce_lane;
mod options;
mod preparation;
mod recovery;
mod sent;
mod status;
mod together;
mod watch;

pub use contract_call::ContractCall;
pub use dry_run::{DryRun, Estimate};
pub use options::SendOptions;
pub use recovery::{RecoveredTransaction, RecoveryReport, TransactionOutcome};
pub use sent::{Cancellation, SentTransaction};
pub use status::TransactionStatus;

pub(super) use nonce_lane::NonceLanes;

use crate::{Address, Amount};

/// What a transaction does, whoever sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The contract function, for errors and records.
    pub(super) function: String,
    /// Nothing to create a contract.
    pub(super) to: Option<Address>,
    pub(super) data: Vec<u8>,
    pub(super) value: Amount,
}
