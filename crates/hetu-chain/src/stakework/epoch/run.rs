//! The calculation of an epoch by either set of rules.

use super::table::Table;
use super::{EpochInput, EpochOutcome, InvalidEpoch, Rules, documented, published};

impl EpochInput {
    /// Calculates the epoch.
    ///
    /// Takes time in proportion to the number of voters times the number of nodes.
    ///
    /// # Errors
    /// [`InvalidEpoch`]. Valid input always has an outcome.
    pub fn run(&self, rules: Rules) -> Result<EpochOutcome, InvalidEpoch> {
        self.parameters.check()?;
        let emission = self.emission.to_wei().ok_or(InvalidEpoch::EmissionTooLarge)?;
        let table = Table::new(&self.nodes)?;
        Ok(match rules {
            Rules::Documented => documented::run(self, emission, &table),
            Rules::Published => published::run(self, emission, &table),
        })
    }
}
