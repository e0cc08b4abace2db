//! What comes out of an epoch.

use crate::stakework::Decimal;
use crate::{Address, Amount};

/// What an epoch found and pays.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EpochOutcome {
    /// One for each node of the input, in that order.
    pub nodes: Vec<NodeOutcome>,
}

/// What an epoch found about one node, and what it pays it.
///
/// Shares are rounded down to 18 digits under the documented rules, and to the nearest under the
/// published ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeOutcome {
    /// Its account.
    pub account: Address,
    /// Whether it was active.
    pub is_active: bool,
    /// The weight on which the required part of the stake agrees.
    pub consensus: Decimal,
    /// Its part of all clipped, stake-weighted votes.
    pub rank: Decimal,
    /// Which part of the votes for it clipping left; 0 without votes. For information.
    pub trust: Decimal,
    /// Which part of the votes it gave clipping left; 0 without votes. For information.
    pub validator_trust: Decimal,
    /// Its part of what is paid for work.
    pub incentive_share: Decimal,
    /// Its part of what is paid for judging.
    pub dividend_share: Decimal,
    /// What it is credited for work.
    pub incentive: Amount,
    /// What it is credited for judging.
    pub dividend: Amount,
    /// The sum that the rules state: under the published ones, of all nodes, about twice the
    /// emission, which is not what is paid.
    pub emission: Amount,
    /// What it is paid.
    pub payment: Amount,
    /// Its bonds after this epoch, zeros left out: the input of the next.
    pub bonds: Vec<(Address, Decimal)>,
}

impl EpochOutcome {
    /// The sum of what is paid.
    pub fn paid(&self) -> Amount {
        self.nodes.iter().map(|node| node.payment).sum()
    }
}
