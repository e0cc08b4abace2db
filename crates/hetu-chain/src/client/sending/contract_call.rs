//! A change of the chain that has not been sent.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::dry_run::DryRun;
use super::options::SendOptions;
use super::preparation::Preparer;
use super::pricing::Pricing;
use super::sender::SenderSettings;
use super::sent::{ReadReceipt, SentTransaction};
use crate::abi::Write;
use crate::client::encoded_call::EncodedCall;
use crate::client::error::ChainError;
use crate::model::{Contract, ProposedCall, TransactionReceipt};
use crate::{Address, Amount};

/// A change of the chain that has not been sent. Every function that changes the chain returns it.
///
/// Awaiting the value simulates, prices, signs and sends the call, waits for confirmation, and
/// reads the result from the receipt. [`dry_run`](Self::dry_run) stops before signing, and
/// [`send`](Self::send) before waiting. The call is not made until one of the three is awaited.
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
/// # Cancel safety
/// Before the call is signed, dropping the future has no effect. Afterwards, the transaction may
/// still be included; a [journal](crate::Hetutensor::with_journal) records it.
#[must_use = "nothing is sent until it is awaited"]
pub struct ContractCall<'client, T = TransactionReceipt> {
    pub(super) settings: &'client SenderSettings,
    pub(super) call: EncodedCall,
    /// The contract, if the function exists only in this project's version and not in the published
    /// one.
    pub(super) only_ours: Option<Contract>,
    pub(super) preparation: Option<Preparation<'client>>,
    pub(super) foresight: Option<Foresight<'client>>,
    /// `true` if the contract refuses the call until the calls before it are made.
    pub(super) depends: bool,
    /// The error with which the pending block may refuse the call.
    pub(super) pending_refusal: Option<&'static str>,
    pub(super) options: SendOptions,
    pub(super) key: Option<String>,
    pub(super) read_receipt: ReadReceipt<T>,
}

type BoxFuture<'client, T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send + 'client>>;

/// A function that returns the calls that an account has to make first.
pub(super) type Preparation<'client> =
    Box<dyn FnOnce(Address) -> BoxFuture<'client, Vec<ContractCall<'client>>> + Send + 'client>;

/// A function that predicts by reads whether the chain refuses the change, for nodes that cannot
/// simulate it.
pub(super) type Foresight<'client> =
    Box<dyn FnOnce(Address) -> BoxFuture<'client, ()> + Send + 'client>;

impl<'client> ContractCall<'client> {
    /// Creates a call of `contract`, or of a contract creation if `contract` is `None`.
    pub(in crate::client) fn new(
        settings: &'client SenderSettings,
        contract: impl Into<Option<Address>>,
        write: Write,
    ) -> Self {
        let Write { function, data, only_ours } = write;
        let call = EncodedCall { function, to: contract.into(), data, value: Amount::ZERO };
        Self {
            settings,
            call,
            only_ours,
            preparation: None,
            foresight: None,
            depends: false,
            pending_refusal: None,
            options: SendOptions::clone(&settings.options),
            key: None,
            read_receipt: Box::new(Ok),
        }
    }
}

impl<'client, T> ContractCall<'client, T> {
    /// Returns the name of the contract function, as used in errors and records.
    pub fn function(&self) -> &str {
        &self.call.function
    }

    /// Returns the contract, the HETU sent with the call and the ABI-encoded call, for a timelock
    /// or another wallet to make, or `None` if the call creates a contract. Preparations such as
    /// approvals are not included.
    pub fn as_proposed(&self) -> Option<ProposedCall> {
        let EncodedCall { to, value, data, .. } = self.call.clone();
        to.map(|target| ProposedCall { target, value, data })
    }

    /// Sets the number of confirmations to wait for, counting the block that includes the
    /// transaction. The default is 1, and zero counts as 1.
    pub fn confirmations(mut self, blocks: u64) -> Self {
        self.options.confirmations = blocks;
        self
    }

    /// Sets the maximum time to wait for the transaction after it is sent. The default is 120 s.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.options.deadline = limit;
        self
    }

    /// Sets the gas limit of the transaction, instead of the estimate and its margin.
    pub fn gas_limit(mut self, gas: u64) -> Self {
        self.options.gas_limit = Some(gas);
        self
    }

    /// Sets the maximum price of a unit of gas, instead of a price that stays sufficient while the
    /// base fee doubles.
    pub fn max_fee_per_gas(mut self, fee: Amount) -> Self {
        self.options.max_fee_per_gas = Some(fee);
        self
    }

    /// Sets the part of the fee that the block producer receives, instead of the node's suggestion.
    pub fn max_priority_fee_per_gas(mut self, tip: Amount) -> Self {
        self.options.max_priority_fee_per_gas = Some(tip);
        self
    }

    /// Sets the maximum gas cost of the transaction, instead of the ceiling of the
    /// [network](crate::network::FeeCeilings). The cost never exceeds
    /// [`SpendPolicy::max_fee`](crate::client::SpendPolicy::max_fee).
    pub fn max_fee(mut self, fee: Amount) -> Self {
        self.options.max_fee = Some(fee);
        self
    }

    /// Makes the call at most once under this key, even if the program restarts. If the journal
    /// holds a transaction with this key that was not replaced or refused, the call waits for that
    /// transaction and sends no other. Choose one key for each task, such as `"payout 2025-06"`. A
    /// key has 1 to 256 bytes.
    ///
    /// The last 10,000 finished keys are remembered. A [journal](crate::Hetutensor::with_journal)
    /// is required: without one the call fails with
    /// [`JournalError::Missing`](crate::client::JournalError::Missing).
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Returns the transaction and its cost, without signing or sending it. The wallet's key is not
    /// used.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if a contract would refuse the call or one of its preparations;
    /// [`ChainError::NoSigner`]; and the errors of reads.
    pub async fn dry_run(self) -> Result<DryRun, ChainError> {
        let account = self.settings.address()?;
        self.dry_run_as(account).await
    }

    /// Returns the same as [`dry_run`](Self::dry_run), for an account that has its key elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract would refuse `account`, and the errors of reads.
    pub async fn dry_run_as(self, account: Address) -> Result<DryRun, ChainError> {
        let (steps, mut last) = self.expanded(account).await?;
        if steps.is_empty() {
            let prepared = last.preparer(account).prepare(last.call.clone()).await;
            let prepared = prepared.map_err(|error| error.or_unsupported(last.only_ours))?;
            return Ok(prepared.into_dry_run());
        }
        let parts = steps.iter().map(ContractCall::part).collect();
        let mut preparations = Vec::new();
        for step in steps {
            // The contract refuses a dependent call on its own, so its gas is unknown until the
            // calls before it are made.
            preparations.push(match step.depends {
                true => DryRun::after(Vec::new(), step.call, account),
                false => step.preparer(account).prepare(step.call.clone()).await?.into_dry_run(),
            });
        }
        last.check_whole(account, parts).await?;
        Ok(DryRun::after(preparations, last.call, account))
    }

    /// Returns the calls to make first, such as wrapping and approving, in their order, and the
    /// call itself without these preparations, so that the caller can report each one. All calls
    /// are simulated together first, so that none is wasted. Each call has to be included before
    /// the next one is sent. [`send`](Self::send) and awaiting the call do the same.
    ///
    /// # Errors
    /// [`ChainError::Policy`] if the policy does not allow one of the calls,
    /// [`ChainError::Reverted`] if a contract would refuse one, [`ChainError::NoSigner`],
    /// [`ChainError::InsufficientFunds`], and the errors of reads.
    pub async fn in_steps(self) -> Result<(Vec<ContractCall<'client>>, Self), ChainError> {
        let account = self.settings.address()?;
        let (steps, mut last) = self.expanded(account).await?;
        if !steps.is_empty() {
            last.check_whole(account, steps.iter().map(ContractCall::part).collect()).await?;
        }
        Ok((steps, last))
    }

    /// Simulates, prices, signs and sends the call, without waiting for its inclusion.
    ///
    /// # Errors
    /// The errors of awaiting the call, except for those that occur after the call is sent.
    pub async fn send(self) -> Result<SentTransaction<T>, ChainError> {
        let sender = self.settings.sender()?;
        if let Some(key) = &self.key
            && let Some(flight) = sender.flight_with_key(key, &self.call)?
        {
            return Ok(SentTransaction::new(sender, flight, self.options, self.read_receipt));
        }
        let (steps, last) = self.in_steps().await?;
        for step in steps {
            step.await?;
        }
        let preparer = last.preparer(sender.account);
        if let Some(error) = last.pending_refusal {
            preparer.check_pending(&last.call, error).await?;
        }
        let prepared = preparer.prepare(last.call.clone()).await;
        let prepared = prepared.map_err(|error| error.or_unsupported(last.only_ours))?;
        let flight = prepared.send(sender.clone(), last.key).await?;
        Ok(SentTransaction::new(sender, flight, last.options, last.read_receipt))
    }

    pub(super) fn preparer(&self, account: Address) -> Preparer<'_> {
        let SenderSettings { reader, policy, .. } = self.settings;
        let pricing = Pricing { reader, policy: policy.as_deref(), options: &self.options };
        Preparer { account, pricing }
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
