//! What an epoch is calculated from.

use super::EpochParameters;
use crate::stakework::Decimal;
use crate::{Address, Amount};

/// Everything that an epoch of one subnet depends on.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hetu_chain::{Address, Amount, stakework::{EpochInput, EpochNode, Rules}};
///
/// let (validator, miner) = (Address::new([1; 20]), Address::new([2; 20]));
/// let input = EpochInput::new(7_200, Amount::from_hetu(82)).with_nodes(vec![
///     EpochNode::validator(validator, Amount::from_hetu(500))
///         .active_at(7_190)
///         .with_weights(vec![(miner, "1".parse()?)]),
///     EpochNode::miner(miner, Amount::from_hetu(200)).active_at(7_100),
/// ]);
/// let outcome = input.run(Rules::Documented)?;
/// assert_eq!(outcome.nodes[0].payment, Amount::from_hetu(41)); // dividends
/// assert_eq!(outcome.nodes[1].payment, Amount::from_hetu(41)); // incentive
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EpochInput {
    /// The block that ends the epoch.
    pub block: u64,
    /// What there is to pay, in the subnet's alpha.
    pub emission: Amount,
    /// By which numbers.
    pub parameters: EpochParameters,
    /// The dendrons of the subnet, each once, at most [`EpochInput::MAX_NODES`]. Documented rules
    /// do not depend on their order.
    pub nodes: Vec<EpochNode>,
}

/// One dendron of the subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EpochNode {
    /// Its account.
    pub account: Address,
    /// What it has allocated to the subnet.
    pub stake: Amount,
    /// Whether it votes under the documented rules.
    pub is_validator: bool,
    /// The last block in which it showed itself.
    pub last_active: u64,
    /// The weights it gives, each account once. Only their proportions count under the documented
    /// rules; the published ones take them as they are. Accounts that are no nodes do not count.
    pub weights: Vec<(Address, Decimal)>,
    /// Its bonds at the end of the last epoch, as [`NodeOutcome::bonds`](super::NodeOutcome) says.
    /// Under the documented rules none is above 1, and more counts as 1.
    pub bonds: Vec<(Address, Decimal)>,
}

impl EpochInput {
    /// The most nodes of a subnet: as many as a `uint16` can count.
    pub const MAX_NODES: usize = 65_536;

    /// An epoch that ends at `block` and has `emission` to pay, by the documents' parameters.
    pub fn new(block: u64, emission: Amount) -> Self {
        Self { block, emission, parameters: EpochParameters::default(), nodes: Vec::new() }
    }

    /// The same epoch of these nodes.
    #[must_use]
    pub fn with_nodes(mut self, nodes: Vec<EpochNode>) -> Self {
        self.nodes = nodes;
        self
    }

    /// The same epoch by these parameters.
    #[must_use]
    pub const fn with_parameters(mut self, parameters: EpochParameters) -> Self {
        self.parameters = parameters;
        self
    }
}

impl EpochNode {
    /// A validator.
    pub const fn validator(account: Address, stake: Amount) -> Self {
        Self::new(account, stake, true)
    }

    /// A miner.
    pub const fn miner(account: Address, stake: Amount) -> Self {
        Self::new(account, stake, false)
    }

    const fn new(account: Address, stake: Amount, is_validator: bool) -> Self {
        Self {
            account,
            stake,
            is_validator,
            last_active: 0,
            weights: Vec::new(),
            bonds: Vec::new(),
        }
    }

    /// The same node, last seen in `block`.
    #[must_use]
    pub const fn active_at(mut self, block: u64) -> Self {
        self.last_active = block;
        self
    }

    /// The same node with these weights.
    #[must_use]
    pub fn with_weights(mut self, weights: Vec<(Address, Decimal)>) -> Self {
        self.weights = weights;
        self
    }

    /// The same node with these bonds of the last epoch.
    #[must_use]
    pub fn with_bonds(mut self, bonds: Vec<(Address, Decimal)>) -> Self {
        self.bonds = bonds;
        self
    }
}
