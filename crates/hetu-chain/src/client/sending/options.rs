//! How transactions are sent and waited for.

use std::time::Duration;

use crate::Amount;

const INCLUSION_LIMIT: Duration = Duration::from_secs(120);

/// How transactions are priced and waited for, unless a [`ContractCall`](crate::client::ContractCall)
/// says otherwise: also those that a function of several steps makes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// How many blocks have to include or follow a transaction before it counts; zero counts as
    /// 1, the default.
    pub confirmations: u64,
    /// How long to wait for a transaction once it is sent; 120 s by default.
    pub deadline: Duration,
    /// The gas a transaction may use; by default the estimate and a quarter more.
    pub gas_limit: Option<u64>,
    /// The most to pay for a unit of gas; by default twice the base fee and the tip.
    pub max_fee_per_gas: Option<Amount>,
    /// The part of it for the block's maker. By default what the nodes suggest, up to ten times
    /// the median of recent blocks or, if that is more, the network's default tip.
    pub max_priority_fee_per_gas: Option<Amount>,
    /// The most that the gas of one transaction may cost: its gas limit times its maximum price.
    /// By default the ceiling of the [network](crate::network::FeeCeilings), which this raises or lowers,
    /// but not above [`SpendPolicy::max_fee`](crate::client::SpendPolicy::max_fee).
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
    /// The options of a transaction that has to come before the one these are for.
    pub(super) fn of_preparation(&self) -> Self {
        Self { gas_limit: None, ..self.clone() }
    }
}
