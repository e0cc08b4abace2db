//! Dendrons, the participants of a subnet, and their registration.

use super::error::ChainError;
use super::lens::{Lens, dendrons_of};
use super::reader::Reader;
use super::reported::reported;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Write, dendron_manager};
use crate::model::{
    ChainEvent, Dendron, DendronEvent, RawEndpoint, Registration, Role, StakingEvent,
    TransactionReceipt,
};
use crate::{Address, Amount, NetUid};

/// The contract's error for a registration in a block that accepts no more of them.
pub(super) const BLOCK_LIMIT_ERROR: &str = "RegistrationsPerBlockExceeded";

/// A handle of the `DendronManager` contract (published as `NeuronManager`).
#[derive(Clone, Copy, Debug)]
pub struct Dendrons<'client> {
    pub(super) reader: &'client Reader,
    pub(super) settings: &'client SenderSettings,
}

/// A newly registered dendron.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredDendron {
    /// The role of the dendron.
    pub role: Role,
    /// The stake allocated to the subnet.
    pub stake: Amount,
    /// The registration cost.
    pub cost: Amount,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Dendrons<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the dendron of `account`, or `None` if it is not one (`getNeuronInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNeuronInfo")]
    pub async fn get(
        self,
        netuid: NetUid,
        account: Address,
    ) -> Result<Option<Dendron>, ChainError> {
        Ok(self.get_many(netuid, &[account]).await?.pop())
    }

    /// Returns all dendrons of the subnet, in the contract's order, all at one block: the one that
    /// the client is pinned to, or else the latest. Reads the list by pages.
    ///
    /// Endpoints are cut off after 255 bytes, the maximum length of a host name.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read; [`ChainError::Malformed`] if the node's answers
    /// contradict each other.
    pub async fn all(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        Lens::new(&pinned).dendrons(netuid).await
    }

    /// Returns the dendrons of these accounts, in their order. Accounts that are not dendrons are
    /// left out (`getNeuronInfo` and `getSubnetAllocation` of each, batched).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNeuronInfo")]
    #[doc(alias = "getSubnetAllocation")]
    pub async fn get_many(
        self,
        netuid: NetUid,
        accounts: &[Address],
    ) -> Result<Vec<Dendron>, ChainError> {
        dendrons_of(self.reader, netuid, accounts).await
    }

    /// Returns the accounts of all dendrons, in the contract's order (`getNeuronList`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNeuronList")]
    pub async fn addresses(self, netuid: NetUid) -> Result<Vec<Address>, ChainError> {
        self.reader.read(self.contract(), dendron_manager::addresses(netuid)).await
    }

    /// Returns the accounts of all validators, including inactive ones (`getSubnetValidators`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getSubnetValidators")]
    pub async fn validator_addresses(self, netuid: NetUid) -> Result<Vec<Address>, ChainError> {
        self.reader.read(self.contract(), dendron_manager::validator_addresses(netuid)).await
    }

    /// Returns the number of dendrons (`getNeuronCount`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNeuronCount")]
    pub async fn count(self, netuid: NetUid) -> Result<u64, ChainError> {
        self.reader.read(self.contract(), dendron_manager::count(netuid)).await
    }

    /// Returns the number of validators, including inactive ones (`getSubnetValidatorCount`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getSubnetValidatorCount")]
    pub async fn validator_count(self, netuid: NetUid) -> Result<u64, ChainError> {
        self.reader.read(self.contract(), dendron_manager::validator_count(netuid)).await
    }

    /// Returns `true` if `account` is a dendron, active or not (`isNeuron`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isNeuron")]
    pub async fn is_dendron(self, netuid: NetUid, account: Address) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), dendron_manager::is_dendron(netuid, account)).await
    }

    /// Returns `true` if `account` is a validator, active or not (`isValidator`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isValidator")]
    pub async fn is_validator(self, netuid: NetUid, account: Address) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), dendron_manager::is_validator(netuid, account)).await
    }

    /// Returns the role of `account` in the subnet, active or not, or `None` if it is not a
    /// dendron.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn role_of(
        self,
        netuid: NetUid,
        account: Address,
    ) -> Result<Option<Role>, ChainError> {
        let (is_dendron, is_validator) = futures_util::try_join!(
            self.is_dendron(netuid, account),
            self.is_validator(netuid, account)
        )?;
        let role = if is_validator { Role::Validator } else { Role::Miner };
        Ok(is_dendron.then_some(role))
    }

    /// Returns the contract or account that acts as the reward distributor, or `None` if there is
    /// none (`rewardDistributor`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "rewardDistributor")]
    pub async fn reward_distributor(self) -> Result<Option<Address>, ChainError> {
        self.reader.read(self.contract(), dendron_manager::reward_distributor()).await
    }

    /// Returns the miners of the subnet.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn miners(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        self.of_role(netuid, Role::Miner).await
    }

    /// Returns the validators of the subnet.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn validators(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        self.of_role(netuid, Role::Validator).await
    }

    /// Registers the wallet's dendron with existing stake (`registerNeuronWithStakeAllocation`).
    /// The registration also costs `base_dendron_cost`, at its value when the transaction runs. Use
    /// [`Dendrons::register_for_at_most`] to set a limit.
    ///
    /// # Errors
    /// [`ChainError::Reverted`], among others with `SUBNET_NOT_ACTIVE`, `ALREADY_REGISTERED`,
    /// `INSUFFICIENT_AVAILABLE_STAKE`, `INSUFFICIENT_NEURON_STAKE`,
    /// `INSUFFICIENT_VALIDATOR_STAKE`, `SUBNET_NEURONS_FULL`.
    #[doc(alias = "registerNeuronWithStakeAllocation")]
    pub fn register(self, registration: &Registration) -> ContractCall<'client, RegisteredDendron> {
        self.registration(dendron_manager::register(registration))
    }

    /// Registers like [`Dendrons::register`], unless the cost exceeds `max_cost`. The owner of a
    /// subnet can raise the cost at any time. (This is the form of
    /// `registerNeuronWithStakeAllocation` with a maximum cost.)
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `RegistrationCostTooHigh`, and the errors of [`Dendrons::register`].
    #[doc(alias = "registerNeuronWithStakeAllocation")]
    pub fn register_for_at_most(
        self,
        registration: &Registration,
        max_cost: Amount,
    ) -> ContractCall<'client, RegisteredDendron> {
        self.registration(dendron_manager::register_for_at_most(registration, max_cost))
    }

    /// Changes the endpoints of the wallet's dendron (`updateNeuronService`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the dendron is not registered, or if it changed its endpoint
    /// very recently.
    #[doc(alias = "updateNeuronService")]
    pub fn update_endpoints(
        self,
        netuid: NetUid,
        endpoint: &RawEndpoint,
        metrics_endpoint: &RawEndpoint,
    ) -> ContractCall<'client> {
        self.write(dendron_manager::update_endpoints(netuid, endpoint, metrics_endpoint))
    }

    /// Removes the wallet's dendron from the subnet (`deregisterNeuron`). The cost is not refunded.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if it is not registered.
    #[doc(alias = "deregisterNeuron")]
    pub fn deregister(self, netuid: NetUid) -> ContractCall<'client> {
        self.write(dendron_manager::deregister(netuid))
    }

    /// Removes a dendron that has been inactive for longer than the immunity period, and frees its
    /// place (`pruneInactiveNeuron`). Any account can do this.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `NotRegistered`, `NeuronActive` or `NeuronImmune`.
    #[doc(alias = "pruneInactiveNeuron")]
    pub fn prune(self, netuid: NetUid, account: Address) -> ContractCall<'client> {
        self.write(dendron_manager::prune(netuid, account))
    }

    /// Updates whether a dendron is active, according to its `stake`, after the subnet changed its
    /// thresholds (`updateStakeAllocation`). The stake has to be equal to that in GlobalStaking.
    /// Any account can do this.
    ///
    /// On the published network any account can write any stake into the record of a dendron.
    /// [`Dendron::stake`] does not come from that record.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotRegistered` or `AllocationMismatch`.
    #[doc(alias = "updateStakeAllocation")]
    pub fn reconcile(
        self,
        netuid: NetUid,
        account: Address,
        stake: Amount,
    ) -> ContractCall<'client> {
        self.write(dendron_manager::update_stake(netuid, account, stake))
    }

    async fn of_role(self, netuid: NetUid, role: Role) -> Result<Vec<Dendron>, ChainError> {
        let mut dendrons = self.all(netuid).await?;
        dendrons.retain(|dendron| dendron.role == role);
        Ok(dendrons)
    }

    /// Builds a registration call, which is not sent while the pending block is full.
    fn registration(self, write: Write) -> ContractCall<'client, RegisteredDendron> {
        self.write(write).unless_pending_block_refuses(BLOCK_LIMIT_ERROR).returning(registered)
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.contract(), write)
    }

    fn contract(self) -> Address {
        self.reader.network().contracts.dendron_manager
    }
}

fn registered(receipt: TransactionReceipt) -> Result<RegisteredDendron, ChainError> {
    const FUNCTION: &str = "registerNeuronWithStakeAllocation";
    let (role, stake) = reported(&receipt, FUNCTION, "NeuronRegistered", |event| match event {
        ChainEvent::Dendron(DendronEvent::Registered { role, stake, .. }) => Some((*role, *stake)),
        _ => None,
    })?;
    let cost = reported(&receipt, FUNCTION, "RegistrationCost", |event| match event {
        ChainEvent::Staking(StakingEvent::RegistrationCharged { cost, .. }) => Some(*cost),
        _ => None,
    })?;
    Ok(RegisteredDendron { role, stake, cost, receipt })
}
