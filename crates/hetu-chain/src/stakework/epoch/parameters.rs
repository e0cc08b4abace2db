//! The numbers by which a subnet judges.

use serde::{Deserialize, Serialize};

use super::InvalidEpoch;
use crate::stakework::Decimal;
use crate::stakework::decimal::UNITS_PER_ONE;

/// Whose rules an epoch follows. `docs/reference/stakework.md` sets them side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rules {
    /// Those of the network's documents: validators vote, dividends go to those who vote, and an
    /// epoch pays exactly its emission. In integers, rounded down.
    #[default]
    Documented,
    /// Those of the published chain: everybody votes with unnormalised weights, dividends go to
    /// those who are voted for, and an epoch pays up to one and a half times its emission. In
    /// binary64, as the chain's nodes calculate, in the order of the input.
    Published,
}

/// The numbers by which an epoch is calculated. The default is that of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochParameters {
    /// The part of the stake that has to agree on a weight; at most 1.
    pub kappa: Decimal,
    /// How far a weight may be from the consensus before it is clipped; above 0.
    pub delta: Decimal,
    /// The power to which ranks are raised to become incentives; at most 1, where 1 leaves them as
    /// they are and less makes them more alike.
    pub rho: Decimal,
    /// How much new weights count in bonds; at most 1.
    pub bonds_moving_average: Decimal,
    /// In place of `bonds_moving_average`, a rate of its own for each bond.
    pub liquid_alpha: Option<LiquidAlpha>,
    /// Blocks without a sign of activity after which a node no longer counts.
    pub activity_cutoff: u64,
}

/// Bonds that follow faster where a validator disagrees with the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiquidAlpha {
    /// The slowest rate; below `high`.
    pub low: Decimal,
    /// The fastest rate; at most 1.
    pub high: Decimal,
    /// How suddenly the rate rises around a disagreement of one half; above 0.
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
