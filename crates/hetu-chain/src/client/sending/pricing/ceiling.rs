//! Limits on a transaction's gas cost, independent of what the nodes ask for.

use crate::Amount;
use crate::abi::Fees;
use crate::client::error::{ChainError, PolicyViolation};
use crate::client::policy::SpendPolicy;
use crate::client::sending::options::SendOptions;
use crate::network::FeeCeilings;

/// The maximum gas cost of one transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct FeeCeiling {
    gas: u64,
    /// The limit of a unit of gas, from the caller's options.
    of_caller: Option<u64>,
    /// The limit of a unit of gas, from the policy.
    of_policy: Option<u64>,
    /// The limit of the whole transaction.
    whole: Amount,
    /// `true` if the caller or the policy set the limit of the whole transaction.
    is_named: bool,
}

impl FeeCeiling {
    /// Creates the ceiling of a transaction of `gas`. It is that of the network unless the caller
    /// or the policy sets another one. A caller cannot exceed the policy.
    pub(super) fn new(
        network: &FeeCeilings,
        policy: Option<&SpendPolicy>,
        options: &SendOptions,
        gas: u64,
    ) -> Self {
        let of_policy = policy.and_then(SpendPolicy::fee_limit);
        let named = match (of_policy, options.max_fee) {
            (Some(policy), Some(caller)) => Some(policy.min(caller)),
            (policy, caller) => policy.or(caller),
        };
        Self {
            gas,
            of_caller: options.max_fee_per_gas.map(saturated),
            of_policy: policy.and_then(SpendPolicy::gas_price_limit).map(saturated),
            whole: named.unwrap_or(network.max_per_transaction),
            is_named: named.is_some(),
        }
    }

    /// Returns the part of the price `wanted` that is allowed. `base` is the minimum price for a
    /// block, and `asked` is the price that the nodes ask for.
    ///
    /// A ceiling that the caller or the policy set lowers the offer, because it is the price that
    /// they accept. The default ceiling does not, because a price that reaches it is probably
    /// false.
    ///
    /// # Errors
    /// [`ChainError::FeeTooLow`] if the caller offers less than `base`, and [`ChainError::Policy`]
    /// if the policy or the ceiling does not allow that price.
    pub(super) fn allow(self, wanted: u64, asked: u64, base: u64) -> Result<u64, ChainError> {
        if let Some(cap) = self.of_caller
            && cap < base
        {
            return Err(ChainError::FeeTooLow { offered: wei(cap), needed: wei(base) });
        }
        if let Some(cap) = self.of_policy
            && cap < base
        {
            let (fee, limit) = (wei(base), wei(cap));
            return Err(PolicyViolation::FeePerGas { fee, limit }.into());
        }
        let named = self.of_caller.unwrap_or(u64::MAX).min(self.of_policy.unwrap_or(u64::MAX));
        let needed = if self.is_named { base } else { asked.min(named) };
        self.check_whole(needed)?;
        let by_whole = self.whole.checked_div(self.gas).map_or(u64::MAX, saturated);
        Ok(wanted.min(named).min(by_whole))
    }

    /// Refuses fees above the policy or the ceiling. The caller's price of a unit of gas is not a
    /// limit here, because a replacement has to exceed it.
    pub(super) fn check(self, fees: Fees) -> Result<(), ChainError> {
        let fee = fees.max_fee_per_gas();
        if let Some(cap) = self.of_policy
            && fee > wei(cap)
        {
            return Err(PolicyViolation::FeePerGas { fee, limit: wei(cap) }.into());
        }
        self.check_whole(saturated(fee))
    }

    fn check_whole(self, price: u64) -> Result<(), ChainError> {
        let (gas, ceiling) = (self.gas, self.whole);
        let fee = wei(price).saturating_mul(gas);
        if fee > ceiling {
            return Err(PolicyViolation::Fee { fee, gas, ceiling }.into());
        }
        Ok(())
    }
}

pub(super) fn wei(wei: u64) -> Amount {
    Amount::from_wei(wei.into())
}

pub(super) fn saturated(amount: Amount) -> u64 {
    amount.to_wei().and_then(|wei| u64::try_from(wei).ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_CEILING: FeeCeiling = FeeCeiling {
        gas: 1,
        of_caller: None,
        of_policy: None,
        whole: Amount::MAX,
        is_named: false,
    };

    fn is_refused(outcome: Result<u64, ChainError>) -> bool {
        matches!(outcome, Err(ChainError::Policy(PolicyViolation::Fee { .. })))
    }

    #[test]
    fn price_limit_lowers_price_but_not_below_base_fee() {
        let cap = FeeCeiling { of_policy: Some(100), ..NO_CEILING };
        assert_eq!(cap.allow(150, 80, 80).unwrap(), 100);
        assert_eq!(cap.allow(90, 80, 80).unwrap(), 90);
        let refused = cap.allow(150, 101, 101).unwrap_err();
        assert!(matches!(refused, ChainError::Policy(_)), "{refused}");
        let own = FeeCeiling { of_caller: Some(50), ..NO_CEILING };
        assert!(matches!(own.allow(50, 50, 51), Err(ChainError::FeeTooLow { .. })));
    }

    #[test]
    fn whole_ceiling_trims_margin_and_refuses_what_is_needed() {
        let ceiling = FeeCeiling { gas: 10, whole: wei(1_000), ..NO_CEILING };
        assert_eq!(ceiling.allow(100, 60, 50).unwrap(), 100);
        assert_eq!(ceiling.allow(120, 60, 50).unwrap(), 100, "the margin is given up");
        assert!(is_refused(ceiling.allow(250, 101, 50)), "the tip is not");
        let named = FeeCeiling { is_named: true, ..ceiling };
        assert_eq!(named.allow(250, 101, 50).unwrap(), 100, "unless the ceiling was named");
        assert!(is_refused(named.allow(250, 101, 101)));
        assert!(ceiling.check(Fees::Legacy { gas_price: 100 }).is_ok());
        assert!(ceiling.check(Fees::Legacy { gas_price: 101 }).is_err());
    }

    #[test]
    fn ceiling_of_extreme_gas_and_price_does_not_overflow() {
        for gas in [0, 1, u64::MAX] {
            let ceiling = FeeCeiling { gas, whole: Amount::from_hetu(1), ..NO_CEILING };
            let outcome = ceiling.allow(u64::MAX, u64::MAX, u64::MAX);
            assert_eq!(is_refused(outcome), gas > 0, "{gas}");
        }
    }
}
