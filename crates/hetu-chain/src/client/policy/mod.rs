//! Limits on the transactions that a wallet signs.

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

/// Limits on signed transactions, checked before each signature against the call data.
///
/// Attach a policy with [`Hetutensor::with_policy`](crate::Hetutensor::with_policy). A call is
/// allowed unless a limit forbids it. If a limit is set and the call cannot be decoded, the call is
/// refused.
///
/// The spending of a transaction is the HETU sent with it, plus the tokens that it sends, grants by
/// an approval or permit, or transfers to a contract, such as stake. Subnet tokens count like HETU,
/// one to one. Wrapping HETU counts as zero. Spending that was counted at its approval is not
/// counted again when the tokens are taken.
///
/// Clones share the total. The total is lost when the program ends.
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
    /// Creates a policy without limits.
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

    /// Sets the maximum spending of one transaction, without gas.
    #[must_use]
    pub fn max_value(mut self, limit: Amount) -> Self {
        self.max_value = Some(limit);
        self
    }

    /// Sets the maximum spending of all transactions within any `period`, without gas.
    #[must_use]
    pub fn max_total(mut self, limit: Amount, period: Duration) -> Self {
        self.max_total = Some((limit, period));
        self
    }

    /// Sets the maximum gas cost of one transaction, instead of the ceiling of the
    /// [network](crate::network::FeeCeilings).
    #[must_use]
    pub fn max_fee(mut self, limit: Amount) -> Self {
        self.max_fee = Some(limit);
        self
    }

    /// Sets the maximum price of a unit of gas.
    #[must_use]
    pub fn max_fee_per_gas(mut self, limit: Amount) -> Self {
        self.max_fee_per_gas = Some(limit);
        self
    }

    /// Sets the maximum gas cost of all transactions of an account in 24 hours, instead of the
    /// ceiling of the [network](crate::network::FeeCeilings). It applies to connections that [count
    /// daily fees](crate::Hetutensor::with_daily_fee_ceiling).
    #[must_use]
    pub fn max_daily_fee(mut self, limit: Amount) -> Self {
        self.max_daily_fee = Some(limit);
        self
    }

    /// Allows only these contracts and recipients. Only they can be called, and only they can
    /// receive HETU, tokens, or the right to take tokens. Creating a contract is not allowed.
    ///
    /// A contract in the list is trusted. Calls of it that cannot be decoded are allowed, and count
    /// the WHETU that it may take from the wallet.
    #[must_use]
    pub fn allow_contracts(mut self, contracts: impl IntoIterator<Item = Address>) -> Self {
        self.contracts = Some(contracts.into_iter().collect());
        self
    }

    /// Allows only calls about these subnets. Calls that concern no subnet, such as staking, are
    /// not affected. Registering a subnet is not allowed.
    #[must_use]
    pub fn allow_netuids(mut self, netuids: impl IntoIterator<Item = impl Into<NetUid>>) -> Self {
        self.netuids = Some(netuids.into_iter().map(Into::into).collect());
        self
    }

    /// Allows only these contract functions, by name, such as `setWeights`. A plain transfer of
    /// HETU has the name `transfer`.
    #[must_use]
    pub fn allow_functions(
        mut self,
        functions: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.functions = Some(functions.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the clock for [`max_total`](Self::max_total) and
    /// [`max_daily_fee`](Self::max_daily_fee). The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the policy's maximum gas cost of one transaction, or `None`.
    pub(super) const fn fee_limit(&self) -> Option<Amount> {
        self.max_fee
    }

    /// Returns the policy's maximum price of a unit of gas, or `None`.
    pub(super) const fn gas_price_limit(&self) -> Option<Amount> {
        self.max_fee_per_gas
    }

    const fn limits_amounts(&self) -> bool {
        self.max_value.is_some() || self.max_total.is_some()
    }

    /// Returns `true` if the policy limits the content of calls, and not only their gas cost.
    const fn limits_calls(&self) -> bool {
        let Self { contracts, netuids, functions, .. } = self;
        self.limits_amounts() || contracts.is_some() || netuids.is_some() || functions.is_some()
    }

    /// Counts the spending of a call, or refuses it if the total would exceed the limit. Dropping
    /// the reservation removes the count, unless the transaction was sent.
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

/// The counted spending of a transaction that is being sent.
#[derive(Debug)]
#[must_use = "dropping it takes it back"]
pub(in crate::client) struct Reservation(Option<(Arc<Mutex<Total>>, Charged)>);

impl Reservation {
    /// Keeps the count, because the transaction may have been sent.
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
