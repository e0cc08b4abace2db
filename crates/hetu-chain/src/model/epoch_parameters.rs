//! The conversion of a subnet's hyperparameters to the parameters of an epoch.

use super::Hyperparameters;
use crate::stakework::{Decimal, EpochParameters, LiquidAlpha, Rules};

impl EpochParameters {
    /// Returns the parameters that `rules` derive from a subnet's hyperparameters.
    ///
    /// Both rules read `rho` in ten-thousandths. The documented rules read `kappa` as a fraction of
    /// 65,535. The published chain limits any `kappa` above 1 to 1, and enables liquid alpha.
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

/// Returns `number / whole`, at most 1.
fn share(number: u16, whole: u128) -> Decimal {
    Decimal::from_ratio(number.into(), whole).unwrap_or_default().min(Decimal::ONE)
}
