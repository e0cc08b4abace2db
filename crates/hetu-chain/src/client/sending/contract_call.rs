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
/// may be included; a [journal](crate::Hetutensor::with_journal) tells.
#[must_use = "nothing is sent until it is awaited"]
pub struct ContractCall<'client, T = TransactionReceipt> {
    pub(super) settings: &'client SenderSettings,
    pub(super) call: EncodedCall,
    /// The contract, if only ours has the function and the published one does not.
    pub(super) only_ours: Option<Contract>,
    pub(super) preparation: Option<Preparation<'client>>,
    pub(super) foresight: Option<Foresight<'client>>,
    /// `true` if it is refused until the calls before it are made.
    pub(super) depends: bool,
    /// The error by which the block that nodes are making may refuse it.
    pub(super) pending_refusal: Option<&'static str>,
    pub(super) options: SendOptions,
    pub(super) key: Option<String>,
    pub(super) read_receipt: ReadReceipt<T>,
}

type BoxFuture<'client, T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send + 'client>>;

/// Finds the calls that an account has to make first.
pub(super) type Preparation<'client> =
    Box<dyn FnOnce(Address) -> BoxFuture<'client, Vec<ContractCall<'client>>> + Send + 'client>;

/// Finds by reads whether an account would be refused, where a node cannot try the change.
pub(super) type Foresight<'client> =
    Box<dyn FnOnce(Address) -> BoxFuture<'client, ()> + Send + 'client>;

impl<'client> ContractCall<'client> {
    /// A call of `contract`, or the creation of one.
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
    /// Returns the contract function, as errors and records name it.
    pub fn function(&self) -> &str {
        &self.call.function
    }

    /// The contract, the HETU sent along and the ABI-encoded call, for a timelock or another
    /// wallet to make; nothing if it creates a contract. What has to be done before, such as
    /// approving, is left out.
    pub fn as_proposed(&self) -> Option<ProposedCall> {
        let EncodedCall { to, value, data, .. } = self.call.clone();
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
    /// [journal](crate::Hetutensor::with_journal): without one the call fails with
    /// [`JournalError::Missing`](crate::client::JournalError::Missing).
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Returns what is sent and what it costs, without signing or sending it. The wallet's key is
    /// not used.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if a contract would refuse it, or one of the calls that have to be
    /// made first; [`ChainError::NoSigner`], and those of reads.
    pub async fn dry_run(self) -> Result<DryRun, ChainError> {
        let account = self.settings.address()?;
        self.dry_run_as(account).await
    }

    /// As [`dry_run`](Self::dry_run), for an account whose key is elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the contract would refuse `account`, and those of reads.
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
            // What depends on others is refused alone, so its gas is not known before they are made.
            preparations.push(match step.depends {
                true => DryRun::after(Vec::new(), step.call, account),
                false => step.preparer(account).prepare(step.call.clone()).await?.into_dry_run(),
            });
        }
        last.check_whole(account, parts).await?;
        Ok(DryRun::after(preparations, last.call, account))
    }

    /// Returns the calls that have to be made first, such as wrapping and approving, in their
    /// order, and the call itself, which then makes none of them: for telling of each. All are
    /// tried together first, so that none is made in vain. Each has to be included before the next
    /// is sent. [`send`](Self::send) and awaiting the call do all this.
    ///
    /// # Errors
    /// [`ChainError::Policy`] if the policy does not allow one of them, [`ChainError::Reverted`] if
    /// one would be refused, [`ChainError::NoSigner`], [`ChainError::InsufficientFunds`], and those
    /// of reads.
    pub async fn in_steps(self) -> Result<(Vec<ContractCall<'client>>, Self), ChainError> {
        let account = self.settings.address()?;
        let (steps, mut last) = self.expanded(account).await?;
        if !steps.is_empty() {
            last.check_whole(account, steps.iter().map(ContractCall::part).collect()).await?;
        }
        Ok((steps, last))
    }

    /// Simulates, prices, signs and sends the call, and does not wait for its inclusion.
    ///
    /// # Errors
    /// Those of awaiting the call, but for what happens once it is sent.
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
