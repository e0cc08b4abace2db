//! Joining of a subnet: its price, and the registration as one change.

use super::block_limit::RegistrationAttempt;
use super::dendrons::{Dendrons, RegisteredDendron};
use super::error::ChainError;
use super::sending::ContractCall;
use super::staking::Staking;
use super::subnets::Subnets;
use crate::abi::Revert;
use crate::model::{Registration, Role};
use crate::{Address, Amount};

/// The price of joining a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrationQuote {
    /// The cost of the registration, which is not paid back.
    pub cost: Amount,
    /// The stake allocated to the subnet, which can be withdrawn later.
    pub stake: Amount,
    /// The part of both that has to be staked first, out of the wallet's balance.
    pub missing_stake: Amount,
}

/// The change made by `Dendrons::ensure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnsuredRegistration {
    /// No change: the wallet already had a dendron with this endpoint.
    Unchanged,
    /// The wallet already had a dendron, and its endpoint was changed.
    EndpointUpdated,
    /// The dendron was registered.
    Registered,
}

impl<'client> Dendrons<'client> {
    /// Ensures that the wallet's dendron is registered as in `registration`. If it already is, no
    /// transaction is sent. If only the endpoint differs, the endpoint is changed. Otherwise the
    /// dendron is registered, after staking the amount that is missing for stake and cost.
    ///
    /// Spends at most `registration.stake` and the subnet's `base_dendron_cost`.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], and the errors of [`Dendrons::register`].
    pub async fn ensure(
        self,
        registration: &Registration,
    ) -> Result<EnsuredRegistration, ChainError> {
        let netuid = registration.netuid;
        let Some(current) = self.get(netuid, self.settings.address()?).await? else {
            let quote = self.quote(registration).await?;
            self.join(registration, &quote).await?;
            return Ok(EnsuredRegistration::Registered);
        };
        let Registration { endpoint, metrics_endpoint, .. } = registration;
        if current.endpoint == *endpoint && current.metrics_endpoint == *metrics_endpoint {
            return Ok(EnsuredRegistration::Unchanged);
        }
        self.update_endpoints(netuid, endpoint, metrics_endpoint).await?;
        Ok(EnsuredRegistration::EndpointUpdated)
    }

    /// Returns the current price of joining the subnet with `registration`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read; [`ChainError::NoSigner`].
    pub async fn quote(self, registration: &Registration) -> Result<RegistrationQuote, ChainError> {
        self.quote_for(self.settings.address()?, registration).await
    }

    /// Returns the same as [`Dendrons::quote`], for an account that may have its key elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn quote_for(
        self,
        account: Address,
        registration: &Registration,
    ) -> Result<RegistrationQuote, ChainError> {
        let subnets = Subnets::new(self.reader, self.settings);
        let rules = subnets.hyperparameters(registration.netuid).await?;
        let (cost, stake) = (rules.base_dendron_cost, registration.stake);
        let missing_stake = self.missing_stake(account, registration, cost).await?;
        Ok(RegistrationQuote { cost, stake, missing_stake })
    }

    /// Returns the stake that `account` lacks for the registration and its `cost`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn missing_stake(
        self,
        account: Address,
        registration: &Registration,
        cost: Amount,
    ) -> Result<Amount, ChainError> {
        let staking = Staking::new(self.reader, self.settings);
        let available = staking.stake_of(account).await?.available();
        // Stake that is already allocated to the subnet counts towards the requirement.
        let allocated = staking.allocation(account, registration.netuid).await?.allocated;
        let needed = registration.stake.saturating_add(cost);
        Ok(needed.saturating_sub(available.saturating_add(allocated)))
    }

    /// Registers with `registration`, after staking `missing_stake`, for at most `max_cost` if it
    /// is given. The whole change is simulated before the stake is added.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], and the errors of [`Dendrons::register_for_at_most`].
    pub fn stake_and_register(
        self,
        registration: &Registration,
        missing_stake: Amount,
        max_cost: Option<Amount>,
    ) -> ContractCall<'client, RegisteredDendron> {
        let call = match max_cost {
            Some(limit) => self.register_for_at_most(registration, limit),
            None => self.register(registration),
        };
        if missing_stake.is_zero() {
            return call;
        }
        let registration = registration.clone();
        let staking = Staking::new(self.reader, self.settings);
        call.after(staking.add(missing_stake)).foreseeing(move |account| async move {
            self.registration_refusal(account, &registration).await
        })
    }

    /// Joins the subnet with `registration`, after staking the missing amount, at most at the price
    /// in `quote`. (The published network does not support a maximum cost: there the current cost
    /// is paid.) While a block accepts no more registrations, this function waits for the next one,
    /// up to 20 blocks.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], and the errors of [`Dendrons::register_for_at_most`].
    pub async fn join(
        self,
        registration: &Registration,
        quote: &RegistrationQuote,
    ) -> Result<RegisteredDendron, ChainError> {
        let account = self.settings.address()?;
        let limit = self.cost_limit(account, registration, quote.cost).await?;
        let attempt = JoinAttempt { dendrons: self, registration, cost: quote.cost, limit };
        self.retry_while_blocks_are_full(attempt).await
    }

    /// Returns the maximum cost to pass to the contract, or `None` if the contract does not support
    /// one, as on the published network.
    async fn cost_limit(
        self,
        account: Address,
        registration: &Registration,
        cost: Amount,
    ) -> Result<Option<Amount>, ChainError> {
        match self.register_for_at_most(registration, cost).dry_run_as(account).await {
            Err(ChainError::Unsupported { .. }) => Ok(None),
            Err(error @ ChainError::Rpc(_)) => Err(error),
            _ => Ok(Some(cost)),
        }
    }

    /// Refuses a registration that the contract would refuse at this block regardless of the stake,
    /// using only reads.
    async fn registration_refusal(
        self,
        account: Address,
        registration: &Registration,
    ) -> Result<(), ChainError> {
        let Registration { netuid, role, stake, .. } = registration;
        let netuid = *netuid;
        let subnets = Subnets::new(self.reader, self.settings);
        let rules = subnets.hyperparameters(netuid).await?;
        let is_validator = *role == Role::Validator;
        let refusal = if !subnets.is_active(netuid).await? {
            "SUBNET_NOT_ACTIVE"
        } else if self.is_dendron(netuid, account).await? {
            "ALREADY_REGISTERED"
        } else if !rules.registration_allowed {
            "RegistrationClosed"
        } else if *stake < rules.dendron_threshold {
            "INSUFFICIENT_NEURON_STAKE"
        } else if is_validator && *stake < rules.validator_threshold {
            "INSUFFICIENT_VALIDATOR_STAKE"
        } else if self.count(netuid).await? >= u64::from(rules.max_allowed_uids) {
            "SUBNET_NEURONS_FULL"
        } else if is_validator
            && self.validator_count(netuid).await? >= u64::from(rules.max_validators)
        {
            "SUBNET_VALIDATORS_FULL"
        } else {
            return Ok(());
        };
        let function = "registerNeuronWithStakeAllocation".to_owned();
        Err(ChainError::Reverted { function, revert: Revert::Reason(refusal.to_owned()) })
    }
}

/// An attempt of [`Dendrons::join`] to register.
struct JoinAttempt<'call, 'client> {
    dendrons: Dendrons<'client>,
    registration: &'call Registration,
    cost: Amount,
    limit: Option<Amount>,
}

impl RegistrationAttempt for JoinAttempt<'_, '_> {
    type Output = RegisteredDendron;
    type Error = ChainError;

    async fn register(&mut self) -> Result<RegisteredDendron, ChainError> {
        let Self { dendrons, registration, cost, limit } = *self;
        // After a refusal by a full block, the stake is already there.
        let account = dendrons.settings.address()?;
        let missing = dendrons.missing_stake(account, registration, cost).await?;
        dendrons.stake_and_register(registration, missing, limit).await
    }

    fn is_refused_by_block(error: &ChainError) -> bool {
        error.is_registration_limit()
    }

    fn note_waiting(&mut self) {
        let netuid = self.registration.netuid;
        tracing::info!(%netuid, "the block takes no more registrations");
    }
}
