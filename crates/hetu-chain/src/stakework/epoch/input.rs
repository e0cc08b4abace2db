//! The input of an epoch.

use super::EpochParameters;
use crate::stakework::Decimal;
use crate::{Address, Amount};

/// The complete input of an epoch of one subnet.
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
    /// The amount to pay, in the subnet's alpha.
    pub emission: Amount,
    /// The parameters of the calculation.
    pub parameters: EpochParameters,
    /// The dendrons of the subnet, each once, at most [`EpochInput::MAX_NODES`]. The documented
    /// rules do not depend on their order.
    pub nodes: Vec<EpochNode>,
}

/// One dendron of the subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EpochNode {
    /// Its account.
    pub account: Address,
    /// The stake that it has allocated to the subnet.
    pub stake: Amount,
    /// `true` if it votes under the documented rules.
    pub is_validator: bool,
    /// The last block in which it was active.
    pub last_active: u64,
    /// The weights that it sets, each account once. The documented rules use only their ratios; the
    /// published rules use them unchanged. Accounts that are not nodes are ignored.
    pub weights: Vec<(Address, Decimal)>,
    /// Its bonds at the end of the last epoch, as in [`NodeOutcome::bonds`](super::NodeOutcome).
    /// Under the documented rules none is above 1, and a larger value counts as 1.
    pub bonds: Vec<(Address, Decimal)>,
}

impl EpochInput {
    /// The maximum number of nodes of a subnet: the range of a `uint16`.
    pub const MAX_NODES: usize = 65_536;

    /// Creates an epoch that ends at `block` and pays `emission`, with the documents' parameters.
    pub fn new(block: u64, emission: Amount) -> Self {
        Self { block, emission, parameters: EpochParameters::default(), nodes: Vec::new() }
    }

    /// Sets the nodes.
    #[must_use]
    pub fn with_nodes(mut self, nodes: Vec<EpochNode>) -> Self {
        self.nodes = nodes;
        self
    }

    /// Sets the parameters.
    #[must_use]
    pub const fn with_parameters(mut self, parameters: EpochParameters) -> Self {
        self.parameters = parameters;
        self
    }
}

impl EpochNode {
    /// Creates a validator.
    pub const fn validator(account: Address, stake: Amount) -> Self {
        Self::new(account, stake, true)
    }

    /// Creates a miner.
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

    /// Sets the last block in which the node was active.
    #[must_use]
    pub const fn active_at(mut self, block: u64) -> Self {
        self.last_active = block;
        self
    }

    /// Sets the weights of the node.
    #[must_use]
    pub fn with_weights(mut self, weights: Vec<(Address, Decimal)>) -> Self {
        self.weights = weights;
        self
    }

    /// Sets the bonds of the node from the last epoch.
    #[must_use]
    pub fn with_bonds(mut self, bonds: Vec<(Address, Decimal)>) -> Self {
        self.bonds = bonds;
        self
    }
}
