//! Limits on what a wallet signs.

mod check;
mod fee_ledger;
mod total;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub(super) use check::CheckedCall;
pub(super) use fee_ledger::{CountedFee, DailyFees};

use parking_lot::{Mutex, MutexGuard};
use total::{Charge, Charged, Total};

use super::error::PolicyViolation;
use crate::{Address, Amount, Clock, NetUid, SystemClock};

/// Limits on what is signed, checked before each signature against what the call itself says.
///
/// Attach it by [`Hetutensor::with_policy`](crate::Hetutensor::with_policy). Everything is
/// allowed that no limit forbids. Where a limit is set and a call cannot be understood, the call
/// is refused.
///
/// What a transaction spends is the HETU sent along, and the tokens that it sends, grants by an
/// approval or permit, or hands to a contract, such as stake. Tokens of subnets count like HETU,
/// one to one. Wrapping spends nothing, and what was counted when it was approved is not
/// counted again when it is taken.
///
/// Clones share what was spent. It is forgotten when the program ends.
///
/// ```
/// use std::time::Duration;
/// use hetu_chain::{Amount, client::SpendPolicy};
///
/// let policy = SpendPolicy::new()
///     .max_value(Amount::from_hetu(100))
///     .max_total(Amount::from_hetu(500), Duration::from_secs(86_400))
///     .max_fee(Amount::from_hetu(1))
///     .allow_netuids([1, 7]);
/// ```
#[derive(Clone, Debug)]
pub struct SpendPolicy {
    max_value: Option<Amount>,
    max_total: Option<(Amount, Duration)>,
    max_fee: Option<Amount>,
    max_fee_per_gas: Option<Amount>,
    max_daily_fee: Option<Amount>,
    contracts: Option<BTreeSet<Address>>,
    netuids: Option<BTreeSet<NetUid>>,
    functions: Option<BTreeSet<String>>,
    clock: Arc<dyn Clock>,
    total: Arc<Mutex<Total>>,
}

impl Default for SpendPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl SpendPolicy {
    /// A policy that allows everything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_value: None,
            max_total: None,
            max_fee: None,
            max_fee_per_gas: None,
            max_daily_fee: None,
            contracts: None,
            netuids: None,
            functions: None,
            clock: Arc::new(SystemClock),
            total: Arc::default(),
        }
    }

    /// The most that one transaction may spend, without gas.
    #[must_use]
    pub fn max_value(mut self, limit: Amount) -> Self {
        self.max_value = Some(limit);
        self
    }

    /// The most that all transactions within any `period` may spend, without gas.
    #[must_use]
    pub fn max_total(mut self, limit: Amount, period: Duration) -> Self {
        self.max_total = Some((limit, period));
        self
    }

    /// The most that the gas of one transaction may cost, instead of the ceiling of the
    /// [network](crate::network::FeeCeilings).
    #[must_use]
    pub fn max_fee(mut self, limit: Amount) -> Self {
        self.max_fee = Some(limit);
        self
    }

    /// The most that a unit of gas may cost.
    #[must_use]
    pub fn max_fee_per_gas(mut self, limit: Amount) -> Self {
        self.max_fee_per_gas = Some(limit);
        self
    }

    /// The most that the gas of all transactions of an account may cost in 24 hours, instead of
    /// the ceiling of the [network](crate::network::FeeCeilings), on connections that
    /// [count it](crate::Hetutensor::with_daily_fee_ceiling).
    #[must_use]
    pub fn max_daily_fee(mut self, limit: Amount) -> Self {
        self.max_daily_fee = Some(limit);
        self
    }

    /// Allows these contracts and recipients and no others: they alone are called, and get
    /// HETU, tokens, or the right to take tokens. No contract is created.
    ///
    /// A contract on the list is trusted: calls of it that are not understood are allowed, and
    /// count what it may take of the wallet's WHETU.
    #[must_use]
    pub fn allow_contracts(mut self, contracts: impl IntoIterator<Item = Address>) -> Self {
        self.contracts = Some(contracts.into_iter().collect());
        self
    }

    /// Allows calls about these subnets and no others. Calls about no subnet, such as staking,
    /// are not affected; a subnet cannot be registered.
    #[must_use]
    pub fn allow_netuids(mut self, netuids: impl IntoIterator<Item = impl Into<NetUid>>) -> Self {
        self.netuids = Some(netuids.into_iter().map(Into::into).collect());
        self
    }

    /// Allows these contract functions by name, such as `setWeights`, and no others. Plain
    /// transfers of HETU are called `transfer`.
    #[must_use]
    pub fn allow_functions(
        mut self,
        functions: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.functions = Some(functions.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the clock for [`max_total`](Self::max_total) and
    /// [`max_daily_fee`](Self::max_daily_fee); the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The most that the gas of one transaction may cost, if the policy says so.
    pub(super) const fn fee_limit(&self) -> Option<Amount> {
        self.max_fee
    }

    /// The most that a unit of gas may cost, if the policy says so.
    pub(super) const fn gas_price_limit(&self) -> Option<Amount> {
        self.max_fee_per_gas
    }

    const fn limits_amounts(&self) -> bool {
        self.max_value.is_some() || self.max_total.is_some()
    }

    /// Whether what a call does matters, and not only what it costs.
    const fn limits_calls(&self) -> bool {
        let Self { contracts, netuids, functions, .. } = self;
        self.limits_amounts() || contracts.is_some() || netuids.is_some() || functions.is_some()
    }

    /// Counts what a call spends, or refuses if that is too much. Dropping the reservation takes
    /// it back, unless the transaction was sent.
    fn reserve(&self, charge: &Charge) -> Result<Reservation, PolicyViolation> {
        let Some((limit, period)) = self.max_total else {
            return Ok(Reservation(None));
        };
        let now = self.clock.unix_time();
        let mut total = self.total();
        let (spent, value) = (total.spent(period, now), total.addition(charge));
        if spent.saturating_add(value) > limit {
            return Err(PolicyViolation::Total { value, spent, limit, period });
        }
        let charged = total.add(charge, period, now);
        Ok(Reservation(Some((Arc::clone(&self.total), charged))))
    }

    fn total(&self) -> MutexGuard<'_, Total> {
        self.total.lock()
    }
}

/// What a transaction that is being sent will have spent.
#[derive(Debug)]
#[must_use = "dropping it takes it back"]
pub(in crate::client) struct Reservation(Option<(Arc<Mutex<Total>>, Charged)>);

impl Reservation {
    /// Keeps what was counted: the transaction may have been sent.
    pub(in crate::client) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some((total, charged)) = self.0.take() {
            total.lock().take_back(charged);
        }
    }
}
