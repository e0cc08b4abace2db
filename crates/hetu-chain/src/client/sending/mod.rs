//! Transactions, from a call to its receipt.
//!
//! A call goes through stages. Each stage consumes the one before it and owns what the next one
//! needs: [`ContractCall`], `Prepared` (allowed, simulated and priced), `SignedTransaction` (in the
//! journal), [`SentTransaction`] (a node has it), and `Included` (a block has it). The `Sender`
//! holds what all transactions of one account share.

mod attempts;
mod composition;
mod contract_call;
mod delivery;
mod dispatch;
mod dry_run;
mod flight;
mod lookup;
mod node_transaction;
mod node_view;
mod nonce_lane;
mod options;
mod preparation;
mod pricing;
mod recovery;
mod sender;
mod sent;
mod sighting;
mod signed;
mod together;
mod watch;

pub use contract_call::ContractCall;
pub use dry_run::{DryRun, Estimate};
pub use node_view::TransactionStatus;
pub use options::SendOptions;
pub use recovery::{RecoveredTransaction, RecoveryReport, TransactionOutcome};
pub use sent::{Cancellation, SentTransaction};

pub(super) use node_view::{pending_count, status};
pub(super) use sender::SenderSettings;
