//! A change of the chain that has not been sent.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::dispatch::Order;
use super::{Call, DryRun, SendOptions, SentTransaction};
use crate::abi::Write;
use crate::client::payment::Payment;
use crate::client::policy::Reservation;
use crate::client::{ChainError, Hetutensor};
use crate::model::{Contract, ProposedCall, Receipt};
use crate::{Address, Amount};

/// A change that has not been sent: what every function that changes the chain returns.
///
/// Awaiting it does everything: the call is simulated, priced, signed, sent, and confirmed, and
/// what comes back is made from the receipt. [`dry_run`](Self::dry_run) stops before signing,
/// [`send`](Self::send) before waiting. Nothing happens until one of the three is awaited.
///
/// ```no_run
/// # use hetu_chain::{Amount, ChainError, Hetutensor};
/// # async fn example(hetu: &Hetutensor) -> Result<(), ChainError> {
/// let amount = Amount::from_hetu(100);
/// let planned = hetu.staking().add(amount).dry_run().await?;
/// println!("at most {} HETU for gas", planned.max_fee());
/// hetu.staking().add(amount).confirmations(3).await?;
/// # Ok(())
/// # }
/// ```
///
/// Cancel safety: dropped before it signs, nothing has happened. Dropped later, the transaction
/// may be included; a [journal](Hetutensor::with_journal) tells.
#[must_use = "nothing is sent until it is awaited"]
pub struct ContractCall<'client, T = Receipt> {
    hetu: &'client Hetutensor,
    call: Call,
    only_ours: Option<Contract>,
    funding: Option<Funding<'client>>,
    options: SendOptions,
    key: Option<String>,
    outcome: Outcome<T>,
}

/// How a call's result is read from its receipt.
pub(super) type Outcome<T> = Box<dyn Fn(Receipt) -> Result<T, ChainError> + Send + Sync>;

/// Tokens that a contract is going to take.
struct Funding<'client> {
    spender: Address,
    payment: Pin<Box<dyn Future<Output = Result<Payment, ChainError>> + Send + 'client>>,
}

impl Hetutensor {
    /// A call of `contract`, or the creation of one.
    pub(in crate::client) fn call(
        &self,
        contract: impl Into<Option<Address>>,
        write: Write,
    ) -> ContractCall<'_> {
        let Write { function, data, only_ours } = write;
        let call = Call { function, to: contract.into(), data, value: Amount::ZERO };
        let options = self.send_options().clone();
        let outcome = Box::new(Ok);
        ContractCall { hetu: self, call, only_ours, funding: None, options, key: None, outcome }
    }
}

/// What the handles make calls of.
impl<'client, T> ContractCall<'client, T> {
    /// Sends `value` of HETU along.
    pub(in crate::client) fn paying(mut self, value: Amount) -> Self {
        self.call.value = value;
        self
    }

    /// Makes sure first that `spender` can take `payment` from the wallet.
    pub(in crate::client) fn funded(
        mut self,
        spender: Address,
        payment: impl Future<Output = Result<Payment, ChainError>> + Send + 'client,
    ) -> Self {
        self.funding = Some(Funding { spender, payment: Box::pin(payment) });
        self
    }

    /// Counts for the spend policy what the call would spend, without making it.
    pub(in crate::client) async fn reserved(
        self,
        account: Address,
    ) -> Result<Option<Reservation>, ChainError> {
        self.hetu.check_policy(&self.call, account).await?.reserve()
    }

    /// Returns what `outcome` makes of the receipt.
    pub(in crate::client) fn returning<U>(
        self,
        outcome: impl Fn(Receipt) -> Result<U, ChainError> + Send + Sync + 'static,
    ) -> ContractCall<'client, U> {
        let Self { hetu, call, only_ours, funding, options, key, outcome: _ } = self;
        ContractCall { hetu, call, only_ours, funding, options, key, outcome: Box::new(outcome) }
    }
}

impl<T> ContractCall<'_, T> {
    /// The contract, the HETU sent along and the ABI-encoded call, for a timelock or another
    /// wallet to make; nothing if it creates a contract. What has to be done before, such as
    /// approving, is left out.
    pub fn as_proposed(&self) -> Option<ProposedCall> {
        let Call { to, value, data, .. } = self.call.clone();
        to.map(|target| ProposedCall { target, value, data })
    }

    /// How many blocks have to include or follow the transaction before it counts; 1 is the
    /// block that includes it, and the default. Zero counts as 1.
    pub fn confirmations(mut self, blocks: u64) -> Self {
        self.options.confirmations = blocks;
        self
    }

    /// How long to wait for the transaction once it is sent; 120 s by default.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.options.deadline = limit;
        self
    }

    /// The gas that the transaction may use, in place of the estimate and its margin.
    pub fn gas_limit(mut self, gas: u64) -> Self {
        self.options.gas_limit = Some(gas);
        self
    }

    /// The most to pay for a unit of gas, in place of a price that stays enough while the base
    /// fee doubles.
    pub fn max_fee_per_gas(mut self, fee: Amount) -> Self {
        self.options.max_fee_per_gas = Some(fee);
        self
    }

    /// The part of the fee that goes to the block's maker, in place of what the node suggests.
    pub fn max_priority_fee_per_gas(mut self, tip: Amount) -> Self {
        self.options.max_priority_fee_per_gas = Some(tip);
        self
    }

    /// The most that the gas of the transaction may cost, instead of the ceiling of the
    /// [network](crate::FeeCeilings). [`SpendPolicy::max_fee`](crate::SpendPolicy::max_fee) is not
    /// exceeded.
    pub fn max_fee(mut self, fee: Amount) -> Self {
        self.options.max_fee = Some(fee);
        self
    }

    /// Makes the call at most once under this name, however often the program is restarted: if
    /// the journal holds a transaction with this key that was not replaced or refused, that one
    /// is waited for and nothing is sent. Choose a key for each thing to be done, such as
    /// `"payout 2025-06"`; it has 1 to 256 bytes.
    ///
    /// The last 10,000 finished keys are remembered. Needs a
    /// [journal](Hetutensor::with_journal): without one the call fails with
    /// [`JournalError::Missing`](crate::JournalError::Missing).
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What is sent and what it costs, without signing or sending it. The wallet's key is not
    /// used.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract would refuse; [`ChainError::NoSigner`], and
    /// those of reads.
    pub async fn dry_run(self) -> Result<DryRun, ChainError> {
        let account = self.hetu.address()?;
        self.dry_run_as(account).await
    }

    /// As [`dry_run`](Self::dry_run), for an account whose key is elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract would refuse `account`, and those of reads.
    pub async fn dry_run_as(self, account: Address) -> Result<DryRun, ChainError> {
        let Self { hetu, call, only_ours, funding, options, .. } = self;
        let mut preparations = Vec::new();
        for step in steps(hetu, account, funding).await? {
            preparations.push(hetu.rehearse(step.call, account, &options.of_preparation()).await?);
        }
        if preparations.is_empty() {
            let rehearsed = hetu.rehearse(call, account, &options).await;
            return rehearsed.map_err(|error| error.or_unsupported(only_ours));
        }
        // The contract refuses until the preparations are made, so there is nothing to simulate.
        hetu.check_policy(&call, account).await?;
        Ok(DryRun::after(preparations, call, account))
    }

    /// Simulates, prices, signs and sends the call, and does not wait for its inclusion.
    ///
    /// # Errors
    /// Those of awaiting the call, but for what happens once it is sent.
    pub async fn send(self) -> Result<SentTransaction<T>, ChainError> {
        if let Some(key) = &self.key
            && let Some(flight) = self.hetu.flight_with_key(key, &self.call)?
        {
            let Self { hetu, options, outcome, .. } = self;
            return Ok(SentTransaction::new(hetu.clone(), flight, options, outcome));
        }
        let (steps, last) = self.in_steps().await?;
        for step in steps {
            step.await?;
        }
        let Self { hetu, call, only_ours, options, key, outcome, .. } = last;
        let prepared = hetu.prepare(&call, hetu.address()?, &options).await;
        let prepared = prepared.map_err(|error| error.or_unsupported(only_ours))?;
        let flight = hetu.dispatch(Order { call, prepared, key }).await?;
        Ok(SentTransaction::new(hetu.clone(), flight, options, outcome))
    }
}

impl<'client, T> ContractCall<'client, T> {
    /// The contract function, as errors and records name it.
    pub fn function(&self) -> &str {
        &self.call.function
    }

    /// The calls that have to be made first, such as wrapping and approving, in their order, and
    /// the call itself, which then makes none of them: for telling of each. Each has to be
    /// included before the next is sent. [`send`](Self::send) and awaiting the call do all this.
    ///
    /// # Errors
    /// [`ChainError::Policy`] if the policy allows one of them not, [`ChainError::NoSigner`],
    /// [`ChainError::InsufficientFunds`], and those of reads.
    pub async fn in_steps(self) -> Result<(Vec<ContractCall<'client>>, Self), ChainError> {
        let Self { hetu, call, only_ours, funding, options, key, outcome } = self;
        let account = hetu.address()?;
        let mut first = steps(hetu, account, funding).await?;
        if !first.is_empty() {
            // Before the first step is made, so that none is made in vain.
            let calls: Vec<_> = first.iter().map(|step| step.call.clone()).collect();
            for call in calls.iter().chain([&call]) {
                hetu.check_policy(call, account).await?;
            }
        }
        for step in &mut first {
            step.options = options.of_preparation();
        }
        Ok((first, Self { hetu, call, only_ours, funding: None, options, key, outcome }))
    }
}

/// What has to be done before the contract can take what it is going to take.
async fn steps<'client>(
    hetu: &'client Hetutensor,
    account: Address,
    funding: Option<Funding<'client>>,
) -> Result<Vec<ContractCall<'client>>, ChainError> {
    match funding {
        Some(Funding { spender, payment }) => {
            hetu.missing_for(account, spender, payment.await?).await
        }
        None => Ok(Vec::new()),
    }
}

impl<'client, T: 'client> IntoFuture for ContractCall<'client, T> {
    type Output = Result<T, ChainError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'client>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.send().await?.confirmed().await })
    }
}

impl<T> fmt::Debug for ContractCall<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ContractCall")
            .field("function", &self.call.function)
            .field("to", &self.call.to)
            .field("value", &self.call.value)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
