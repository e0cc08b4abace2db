//! Options for sending transactions and waiting for them.

use std::time::Duration;

use crate::Amount;

const INCLUSION_LIMIT: Duration = Duration::from_secs(120);

/// Options for pricing transactions and waiting for them. They apply to every transaction,
/// including the steps of a function that makes several, unless a
/// [`ContractCall`](crate::client::ContractCall) overrides them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// The number of confirmations to wait for, counting the block that includes the transaction.
    /// The default is 1, and zero counts as 1.
    pub confirmations: u64,
    /// The maximum time to wait for a transaction after it is sent; 120 s by default.
    pub deadline: Duration,
    /// The gas limit of a transaction; by default the estimate plus a quarter.
    pub gas_limit: Option<u64>,
    /// The maximum price of a unit of gas; by default twice the base fee plus the tip.
    pub max_fee_per_gas: Option<Amount>,
    /// The part of the fee that the block producer receives. By default it is the nodes'
    /// suggestion, up to ten times the median of recent blocks or the network's default tip,
    /// whichever is more.
    pub max_priority_fee_per_gas: Option<Amount>,
    /// The maximum gas cost of one transaction: its gas limit times its maximum price. The default
    /// is the ceiling of the [network](crate::network::FeeCeilings). This option raises or lowers
    /// it, but not above [`SpendPolicy::max_fee`](crate::client::SpendPolicy::max_fee).
    pub max_fee: Option<Amount>,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            confirmations: 1,
            deadline: INCLUSION_LIMIT,
            gas_limit: None,
            max_fee_per_gas: None,
            max_priority_fee_per_gas: None,
            max_fee: None,
        }
    }
}

impl SendOptions {
    /// Returns the options of a transaction that has to come before the one that these are for.
    pub(super) fn of_preparation(&self) -> Self {
        Self { gas_limit: None, ..self.clone() }
    }
}
