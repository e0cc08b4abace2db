//! Joining a subnet: what it takes, and doing it as one change.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::dendrons::{BLOCK_LIMIT_ERROR, RegisteredDendron};
use super::{ChainError, ContractCall, Dendrons, Hetutensor};
use crate::abi::Revert;
use crate::model::{Registration, Role};
use crate::{Address, Amount};

/// Number of attempts to register while others fill the blocks.
const BLOCKS_TRIED: u32 = 20;
/// Longest wait for the next block.
const NEXT_BLOCK_LIMIT: Duration = Duration::from_secs(30);
const BLOCK_PAUSE: Duration = Duration::from_millis(200);

/// The price of joining a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrationQuote {
    /// The cost of the registration, which is not paid back.
    pub cost: Amount,
    /// The stake that is allocated to the subnet, and can be taken back later.
    pub stake: Amount,
    /// The part of both that has to be staked first, out of the wallet's balance.
    pub missing_stake: Amount,
}

impl<'client> Dendrons<'client> {
    /// Returns the present price of joining the subnet as `registration` says.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read; [`ChainError::NoSigner`].
    pub async fn quote(self, registration: &Registration) -> Result<RegistrationQuote, ChainError> {
        self.quote_for(self.hetu.address()?, registration).await
    }

    /// As [`Dendrons::quote`], for an account whose key may be elsewhere.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn quote_for(
        self,
        account: Address,
        registration: &Registration,
    ) -> Result<RegistrationQuote, ChainError> {
        let rules = self.hetu.subnets().hyperparameters(registration.netuid).await?;
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
        let staking = self.hetu.staking();
        let available = staking.stake_of(account).await?.available();
        // What is allocated to the subnet already counts towards its stake.
        let allocated = staking.allocation(account, registration.netuid).await?.allocated;
        let needed = registration.stake.saturating_add(cost);
        Ok(needed.saturating_sub(available.saturating_add(allocated)))
    }

    /// Registers as `registration` says, after staking `missing_stake`, for at most `max_cost` if
    /// that is given. The whole is tried before the stake is added.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], and those of [`Dendrons::register_for_at_most`].
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
        call.after(self.hetu.staking().add(missing_stake)).foreseeing(move |account| async move {
            self.registration_refusal(account, &registration).await
        })
    }

    /// Joins the subnet as `registration` says, after staking what is missing, for what `quote`
    /// says at most. (The published network knows no highest cost: there it is what it is by then.)
    /// While a block takes no more registrations, the next one is waited for: 20 blocks at most.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], and those of [`Dendrons::register_for_at_most`].
    pub async fn join(
        self,
        registration: &Registration,
        quote: &RegistrationQuote,
    ) -> Result<RegisteredDendron, ChainError> {
        let account = self.hetu.address()?;
        let limit = self.cost_limit(account, registration, quote.cost).await?;
        for _ in 1..BLOCKS_TRIED {
            // The stake is there already if a block brought the refusal.
            let missing = self.missing_stake(account, registration, quote.cost).await?;
            match self.stake_and_register(registration, missing, limit).await {
                Err(error) if error.is_registration_limit() => {
                    tracing::info!(netuid = %registration.netuid, "the block takes no more registrations");
                    if !self.hetu.next_block().await? {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
        let missing = self.missing_stake(account, registration, quote.cost).await?;
        self.stake_and_register(registration, missing, limit).await
    }

    /// The highest cost that the contract is told, or `None` if it takes none, as the published
    /// one.
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

    /// Refuses a registration that the contract would refuse at this block whatever the stake, by
    /// reads alone.
    async fn registration_refusal(
        self,
        account: Address,
        registration: &Registration,
    ) -> Result<(), ChainError> {
        let Registration { netuid, role, stake, .. } = registration;
        let netuid = *netuid;
        let subnets = self.hetu.subnets();
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

impl Hetutensor {
    /// Waits for a block after the newest one. Returns `false` if none came within 30 s.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn next_block(&self) -> Result<bool, ChainError> {
        let until = Instant::now() + NEXT_BLOCK_LIMIT;
        let newest = self.block().await?.id.number;
        while self.block().await?.id.number <= newest {
            if Instant::now() >= until {
                return Ok(false);
            }
            sleep(BLOCK_PAUSE).await;
        }
        Ok(true)
    }
}

impl ChainError {
    /// Returns `true` if a registration was refused because the block has as many as it takes. The next block
    /// may take it.
    pub fn is_registration_limit(&self) -> bool {
        self.is_revert(BLOCK_LIMIT_ERROR)
    }
}
