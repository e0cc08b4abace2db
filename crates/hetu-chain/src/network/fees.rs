//! Default ceilings on the gas fees of transactions.

use serde::{Deserialize, Serialize};

use crate::Amount;

/// One gwei: the tip of most wallets if the node suggests none.
const DEFAULT_TIP: u128 = 1_000_000_000;
/// One HETU.
const MAX_PER_TRANSACTION: u128 = 1_000_000_000_000_000_000;
/// Ten HETU: the fees of ten transactions at their ceiling.
const MAX_PER_DAY: u128 = 10 * MAX_PER_TRANSACTION;

/// Ceilings on the gas fees of a network's transactions, unless a caller raises them.
///
/// Gas prices come from the node. A node that reports false prices could spend the complete balance
/// of a wallet on gas. Therefore every price has a bound that the node does not choose.
///
/// In `networks.toml`, each in wei and each optional:
///
/// ```toml
/// [networks.mynet.fees]
/// default_tip = "1000000000"
/// max_per_transaction = "1000000000000000000"
/// max_per_day = "10000000000000000000"
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FeeCeilings {
    /// The tip for a unit of gas if the node suggests none, and the smallest upper bound on
    /// suggested tips; 1 gwei by default. A suggestion is limited to the larger of this value and
    /// ten times the median tip of recent blocks.
    pub default_tip: Amount,
    /// The maximum gas fee of one transaction, as its gas limit times its maximum price; 1 HETU by
    /// default. Raised by [`SendOptions::max_fee`](crate::client::SendOptions::max_fee) and
    /// [`SpendPolicy::max_fee`](crate::client::SpendPolicy::max_fee).
    pub max_per_transaction: Amount,
    /// The maximum gas fee of all transactions of one account in 24 hours, for programs that send
    /// unattended; 10 HETU by default. Raised by
    /// [`SpendPolicy::max_daily_fee`](crate::client::SpendPolicy::max_daily_fee).
    pub max_per_day: Amount,
}

impl Default for FeeCeilings {
    fn default() -> Self {
        Self {
            default_tip: Amount::from_wei(DEFAULT_TIP),
            max_per_transaction: Amount::from_wei(MAX_PER_TRANSACTION),
            max_per_day: Amount::from_wei(MAX_PER_DAY),
        }
    }
}

impl FeeCeilings {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
