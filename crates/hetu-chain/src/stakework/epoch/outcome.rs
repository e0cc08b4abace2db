//! The result of an epoch.

use crate::stakework::Decimal;
use crate::{Address, Amount};

/// The result of an epoch and its payments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EpochOutcome {
    /// The results of the nodes, in the order of the input.
    pub nodes: Vec<NodeOutcome>,
}

/// The result of an epoch for one node, and its payment.
///
/// Fractions are rounded down to 18 decimals under the documented rules, and to the nearest under
/// the published ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeOutcome {
    /// Its account.
    pub account: Address,
    /// `true` if it was active.
    pub is_active: bool,
    /// The weight on which the required fraction of the stake agrees.
    pub consensus: Decimal,
    /// Its fraction of all clipped, stake-weighted votes.
    pub rank: Decimal,
    /// The fraction of the votes for it that clipping left; 0 without votes. For information.
    pub trust: Decimal,
    /// The fraction of its own votes that clipping left; 0 without votes. For information.
    pub validator_trust: Decimal,
    /// Its fraction of the payment for work.
    pub incentive_share: Decimal,
    /// Its fraction of the payment for scoring.
    pub dividend_share: Decimal,
    /// Its credit for work.
    pub incentive: Amount,
    /// Its credit for scoring.
    pub dividend: Amount,
    /// The sum as the rules define it. Under the published rules the sum over all nodes is about
    /// twice the emission, which differs from the payments.
    pub emission: Amount,
    /// Its payment.
    pub payment: Amount,
    /// Its bonds after this epoch, without zeros: an input of the next epoch.
    pub bonds: Vec<(Address, Decimal)>,
}

impl EpochOutcome {
    /// Returns the sum of all payments.
    pub fn paid(&self) -> Amount {
        self.nodes.iter().map(|node| node.payment).sum()
    }
}
