//! The parameters of an epoch.

use serde::{Deserialize, Serialize};

use super::InvalidEpoch;
use crate::stakework::Decimal;
use crate::stakework::decimal::UNITS_PER_ONE;

/// A set of rules for epochs. `docs/reference/stakework.md` compares the sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rules {
    /// The rules of the network's documents: validators vote, dividends go to the voters, and an
    /// epoch pays exactly its emission. Integer arithmetic, rounded down.
    #[default]
    Documented,
    /// The rules of the published chain: all nodes vote with unnormalised weights, dividends go to
    /// the nodes that receive votes, and an epoch pays up to one and a half times its emission. In
    /// binary64, as the chain's nodes calculate, in the order of the input.
    Published,
}

/// The parameters of an epoch. The default values are those of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochParameters {
    /// The fraction of the stake that has to agree on a weight; at most 1.
    pub kappa: Decimal,
    /// The maximum distance of a weight from the consensus before it is clipped; above 0.
    pub delta: Decimal,
    /// The exponent that turns ranks into incentives; at most 1. 1 keeps them unchanged, and
    /// smaller values make them more equal.
    pub rho: Decimal,
    /// The rate at which new weights change bonds; at most 1.
    pub bonds_moving_average: Decimal,
    /// A separate rate for each bond, instead of `bonds_moving_average`.
    pub liquid_alpha: Option<LiquidAlpha>,
    /// The number of blocks without activity after which a node no longer counts.
    pub activity_cutoff: u64,
}

/// Bonds that change faster if a validator disagrees with the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiquidAlpha {
    /// The slowest rate; below `high`.
    pub low: Decimal,
    /// The fastest rate; at most 1.
    pub high: Decimal,
    /// The steepness of the rate around a disagreement of one half; above 0.
    pub steepness: Decimal,
}

impl Default for EpochParameters {
    fn default() -> Self {
        Self {
            kappa: Decimal::from_units(UNITS_PER_ONE / 2),
            delta: Decimal::ONE,
            rho: Decimal::from_units(UNITS_PER_ONE / 2),
            bonds_moving_average: Decimal::from_units(UNITS_PER_ONE / 10 * 9),
            liquid_alpha: None,
            activity_cutoff: 5_000,
        }
    }
}

impl Default for LiquidAlpha {
    fn default() -> Self {
        Self {
            low: Decimal::from_units(UNITS_PER_ONE / 100),
            high: Decimal::from_units(UNITS_PER_ONE / 100 * 99),
            steepness: Decimal::from_integer(10),
        }
    }
}

impl EpochParameters {
    pub(super) fn check(&self) -> Result<(), InvalidEpoch> {
        let liquid = self.liquid_alpha.unwrap_or_default();
        let invalid = [
            ("kappa", self.kappa > Decimal::ONE),
            ("delta", self.delta.is_zero()),
            ("rho", self.rho > Decimal::ONE),
            ("bonds_moving_average", self.bonds_moving_average > Decimal::ONE),
            ("liquid_alpha.low", liquid.low >= liquid.high),
            ("liquid_alpha.high", liquid.high > Decimal::ONE),
            ("liquid_alpha.steepness", liquid.steepness.is_zero()),
        ];
        match invalid.into_iter().find(|(_, is_invalid)| *is_invalid) {
            Some((name, _)) => Err(InvalidEpoch::Parameter { name }),
            None => Ok(()),
        }
    }
}
