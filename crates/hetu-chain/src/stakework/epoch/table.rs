//! The nodes of an epoch by position instead of account.

use std::collections::HashMap;

use super::{EpochInput, EpochNode, InvalidEpoch};
use crate::Address;
use crate::stakework::Decimal;

/// The rows of all nodes: a weight or bond, in units of 10^-18, for each position of a node.
pub(super) struct Table {
    pub(super) weights: Vec<Row>,
    pub(super) bonds: Vec<Row>,
}

/// The entries of a row, ascending by position, each position at most once.
pub(super) type Row = Vec<(usize, Decimal)>;

impl Table {
    pub(super) fn new(nodes: &[EpochNode]) -> Result<Self, InvalidEpoch> {
        if nodes.len() > EpochInput::MAX_NODES {
            return Err(InvalidEpoch::TooManyNodes { count: nodes.len() });
        }
        let positions = Positions::of(nodes)?;
        Ok(Self {
            weights: positions.rows(nodes, |node| &node.weights)?,
            bonds: positions.rows(nodes, |node| &node.bonds)?,
        })
    }
}

struct Positions(HashMap<Address, usize>);

impl Positions {
    fn of(nodes: &[EpochNode]) -> Result<Self, InvalidEpoch> {
        let mut positions = HashMap::with_capacity(nodes.len());
        for (position, node) in nodes.iter().enumerate() {
            if positions.insert(node.account, position).is_some() {
                return Err(InvalidEpoch::DuplicateNode { account: node.account });
            }
        }
        Ok(Self(positions))
    }

    fn rows(
        &self,
        nodes: &[EpochNode],
        row: fn(&EpochNode) -> &[(Address, Decimal)],
    ) -> Result<Vec<Row>, InvalidEpoch> {
        nodes.iter().map(|node| self.row(node.account, row(node))).collect()
    }

    /// Returns the row without accounts that are not, or no longer, nodes.
    fn row(&self, account: Address, row: &[(Address, Decimal)]) -> Result<Row, InvalidEpoch> {
        let mut named: Row = row
            .iter()
            .filter_map(|(destination, value)| Some((*self.0.get(destination)?, *value)))
            .collect();
        named.sort_unstable_by_key(|(position, _)| *position);
        match named.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            None => Ok(named),
            Some(pair) => {
                let position = pair[0].0;
                let is_it = |(destination, _): &&(Address, Decimal)| {
                    self.0.get(destination) == Some(&position)
                };
                let destination = row.iter().find(is_it).map_or(account, |(found, _)| *found);
                Err(InvalidEpoch::DuplicateDestination { account, destination })
            }
        }
    }
}

/// Transposes rows to columns.
pub(super) fn transposed<'rows>(
    rows: impl IntoIterator<Item = (usize, &'rows Row)>,
    columns: usize,
) -> Vec<Row> {
    let mut transposed = vec![Row::new(); columns];
    for (position, row) in rows {
        for (column, value) in row {
            transposed[*column].push((position, *value));
        }
    }
    transposed
}

/// Writes `row` over the zeros of `dense`.
pub(super) fn spread(row: &Row, dense: &mut Vec<Decimal>, columns: usize) {
    dense.clear();
    dense.resize(columns, Decimal::ZERO);
    for (position, value) in row {
        dense[*position] = *value;
    }
}

/// Returns the row with accounts instead of positions.
pub(super) fn named(row: &Row, accounts: &[Address]) -> Vec<(Address, Decimal)> {
    row.iter().map(|(position, value)| (accounts[*position], *value)).collect()
}
