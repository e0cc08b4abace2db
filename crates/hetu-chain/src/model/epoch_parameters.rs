//! The numbers of an epoch, from the hyperparameters of a subnet.

use super::Hyperparameters;
use crate::stakework::{Decimal, EpochParameters, LiquidAlpha, Rules};

impl EpochParameters {
    /// Returns the parameters that `rules` make of a subnet's hyperparameters.
    ///
    /// Both read `rho` in ten-thousandths. The documents read `kappa` as a part of 65,535; the
    /// published chain holds any `kappa` above 1 at 1, and turns liquid alpha on.
    pub fn of_subnet(rules: Rules, hyperparameters: &Hyperparameters) -> Self {
        let (kappa, liquid_alpha) = match rules {
            Rules::Documented => (share(hyperparameters.kappa, u16::MAX.into()), None),
            Rules::Published => (
                share(hyperparameters.kappa, 1),
                Some(LiquidAlpha { low: share(1, 10), high: share(9, 10), ..Default::default() }),
            ),
        };
        Self {
            kappa,
            rho: share(hyperparameters.rho, 10_000),
            liquid_alpha,
            activity_cutoff: hyperparameters.activity_cutoff.into(),
            ..Self::default()
        }
    }
}

/// `number / whole`, at most 1.
fn share(number: u16, whole: u128) -> Decimal {
    Decimal::from_ratio(number.into(), whole).unwrap_or_default().min(Decimal::ONE)
}
