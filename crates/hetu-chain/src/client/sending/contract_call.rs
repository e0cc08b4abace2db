//! A change of the chain that has not been sent.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::dispatch::Order;
use super::together::Part;
use super::{Call, DryRun, SendOptions, SentTransaction};
use crate::abi::Write;
use crate::client::payment::Payment;
use crate::client::policy::Reservation;
use crate::client::{ChainError, Hetutensor};
use crate::model::{Contract, ProposedCall, TransactionReceipt};
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
pub struct ContractCall<'client, T = TransactionReceipt> {
    hetu: &'client Hetutensor,
    call: Call,
    only_ours: Option<Contract>,
    preparation: Option<Preparation<'client>>,
    foresight: Option<Foresight<'client>>,
    /// `true` if it is refused until the calls before it are made.
    depends: bool,
    /// The error by which the block that nodes are making may refuse it.
    pending_refusal: Option<&'static str>,
    options: SendOptions,
    key: Option<String>,
    outcome: Outcome<T>,
}

/// How a call's result is read from its receipt.
pub(super) type Outcome<T> = Box<dyn Fn(TransactionReceipt) -> Result<T, ChainError> + Send + Sync>;

type BoxFuture<'client, T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send + 'client>>;

/// Finds the calls that an account has to make first.
type Preparation<'client> =
    Box<dyn FnOnce(Address) -> BoxFuture<'client, Vec<ContractCall<'client>>> + Send + 'client>;

/// Finds by reads whether an account would be refused, where a node cannot try the change.
type Foresight<'client> = Box<dyn FnOnce(Address) -> BoxFuture<'client, ()> + Send + 'client>;

impl Hetutensor {
    /// A call of `contract`, or the creation of one.
    pub(in crate::client) fn call(
        &self,
        contract: impl Into<Option<Address>>,
        write: Write,
    ) -> ContractCall<'_> {
        let Write { function, data, only_ours } = write;
        let call = Call { function, to: contract.into(), data, value: Amount::ZERO };
        ContractCall {
            hetu: self,
            call,
            only_ours,
            preparation: None,
            foresight: None,
            depends: false,
            pending_refusal: None,
            options: self.send_options().clone(),
            key: None,
            outcome: Box::new(Ok),
        }
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
        let hetu = self.hetu;
        self.preparation = Some(Box::new(move |account| {
            Box::pin(async move { hetu.missing_for(account, spender, payment.await?).await })
        }));
        self
    }

    /// Makes `first` before, as one change with this one.
    pub(in crate::client) fn after<U: 'client>(mut self, first: ContractCall<'client, U>) -> Self {
        self.preparation = Some(Box::new(move |account| {
            Box::pin(async move {
                let (mut steps, mut last) = first.expanded(account).await?;
                last.depends = !steps.is_empty();
                steps.push(last.returning(Ok));
                Ok(steps)
            })
        }));
        self
    }

    /// Does not send it while the block that nodes are making would refuse it with this error,
    /// because of others that wait for it.
    pub(in crate::client) const fn unless_pending_block_refuses(
        mut self,
        error: &'static str,
    ) -> Self {
        self.pending_refusal = Some(error);
        self
    }

    /// Asks `foresight` whether the change would be refused, if the node cannot try it as a whole.
    pub(in crate::client) fn foreseeing<F>(
        mut self,
        foresight: impl FnOnce(Address) -> F + Send + 'client,
    ) -> Self
    where
        F: Future<Output = Result<(), ChainError>> + Send + 'client,
    {
        self.foresight = Some(Box::new(move |account| Box::pin(foresight(account))));
        self
    }

    /// The calls to be made first, and the call itself, which then makes none of them.
    async fn expanded(
        mut self,
        account: Address,
    ) -> Result<(Vec<ContractCall<'client>>, Self), ChainError> {
        let mut steps = match self.preparation.take() {
            Some(preparation) => preparation(account).await?,
            None => Vec::new(),
        };
        for step in &mut steps {
            step.options = self.options.of_preparation();
        }
        Ok((steps, self))
    }

    /// Tries all of a change before the first of it is made, so that none is made in vain.
    async fn check_whole(&mut self, account: Address, first: Vec<Part>) -> Result<(), ChainError> {
        let mut parts = first;
        parts.push(Part { call: self.call.clone(), only_ours: self.only_ours });
        for part in &parts {
            self.hetu.check_policy(&part.call, account).await?;
        }
        match self.hetu.try_together(account, &parts).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // The calls before it take blocks of their own, so it comes into a later one.
            Err(error) if self.pending_refusal.is_some_and(|known| error.is_revert(known)) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        match self.foresight.take() {
            Some(foresight) => foresight(account).await,
            None => Ok(()),
        }
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
        outcome: impl Fn(TransactionReceipt) -> Result<U, ChainError> + Send + Sync + 'static,
    ) -> ContractCall<'client, U> {
        ContractCall {
            hetu: self.hetu,
            call: self.call,
            only_ours: self.only_ours,
            preparation: self.preparation,
            foresight: self.foresight,
            depends: self.depends,
            pending_refusal: self.pending_refusal,
            options: self.options,
            key: self.key,
            outcome: Box::new(outcome),
        }
    }
}

impl<'client, T> ContractCall<'client, T> {
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
    /// [network](crate::network::FeeCeilings). [`SpendPolicy::max_fee`](crate::client::SpendPolicy::max_fee) is not
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
    /// [`JournalError::Missing`](crate::client::JournalError::Missing).
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What is sent and what it costs, without signing or sending it. The wallet's key is not
    /// used.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if a contract would refuse it, or one of the calls that have to be
    /// made first; [`ChainError::NoSigner`], and those of reads.
    pub async fn dry_run(self) -> Result<DryRun, ChainError> {
        let account = self.hetu.address()?;
        self.dry_run_as(account).await
    }

    /// As [`dry_run`](Self::dry_run), for an account whose key is elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract would refuse `account`, and those of reads.
    pub async fn dry_run_as(self, account: Address) -> Result<DryRun, ChainError> {
        let (steps, mut last) = self.expanded(account).await?;
        if steps.is_empty() {
            let Self { hetu, call, only_ours, options, .. } = last;
            let rehearsed = hetu.rehearse(call, account, &options).await;
            return rehearsed.map_err(|error| error.or_unsupported(only_ours));
        }
        let parts = parts_of(&steps);
        let mut preparations = Vec::new();
        for ContractCall { hetu, call, depends, options, .. } in steps {
            // What depends on others is refused alone, so its gas is not known before they are made.
            preparations.push(match depends {
                true => DryRun::after(Vec::new(), call, account),
                false => hetu.rehearse(call, account, &options).await?,
            });
        }
        last.check_whole(account, parts).await?;
        Ok(DryRun::after(preparations, last.call, account))
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
        let Self { hetu, call, only_ours, pending_refusal, options, key, outcome, .. } = last;
        if let Some(error) = pending_refusal {
            hetu.check_pending(&call, hetu.address()?, error).await?;
        }
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
    /// the call itself, which then makes none of them: for telling of each. All are tried together
    /// first, so that none is made in vain. Each has to be included before the next is sent. [`send`](Self::send) and awaiting the call do all this.
    ///
    /// # Errors
    /// [`ChainError::Policy`] if the policy does not allow one of them, [`ChainError::Reverted`] if
    /// one would be refused, [`ChainError::NoSigner`], [`ChainError::InsufficientFunds`], and those
    /// of reads.
    pub async fn in_steps(self) -> Result<(Vec<ContractCall<'client>>, Self), ChainError> {
        let account = self.hetu.address()?;
        let (steps, mut last) = self.expanded(account).await?;
        if !steps.is_empty() {
            last.check_whole(account, parts_of(&steps)).await?;
        }
        Ok((steps, last))
    }
}

fn parts_of(steps: &[ContractCall<'_>]) -> Vec<Part> {
    let part =
        |step: &ContractCall<'_>| Part { call: step.call.clone(), only_ours: step.only_ours };
    steps.iter().map(part).collect()
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
