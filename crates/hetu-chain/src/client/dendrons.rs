//! Dendrons: who takes part in a subnet, and joining it.

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

/// The contract's refusal of a registration in a block that has as many as it takes.
pub(super) const BLOCK_LIMIT_ERROR: &str = "RegistrationsPerBlockExceeded";

/// What `DendronManager` (published as `NeuronManager`) knows and does.
#[derive(Clone, Copy, Debug)]
pub struct Dendrons<'client> {
    pub(super) reader: &'client Reader,
    pub(super) settings: &'client SenderSettings,
}

/// A dendron that was registered just now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredDendron {
    /// What it does.
    pub role: Role,
    /// What is allocated to the subnet.
    pub stake: Amount,
    /// What was paid.
    pub cost: Amount,
    /// The transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Dendrons<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// The dendron of `account`, if it is one (`getNeuronInfo`).
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

    /// All dendrons of the subnet, in the contract's order, as they stand at one block: the one
    /// that the client is pinned to, or else the newest. Read by pages.
    ///
    /// Endpoints are cut after 255 bytes: no host has more.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read; [`ChainError::Malformed`] if the node contradicts
    /// itself.
    pub async fn all(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        Lens::new(&pinned).dendrons(netuid).await
    }

    /// The dendrons of these accounts, in their order, without those that are none
    /// (`getNeuronInfo` and `getSubnetAllocation` of each, batched).
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

    /// The accounts of all dendrons, in the contract's order (`getNeuronList`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNeuronList")]
    pub async fn addresses(self, netuid: NetUid) -> Result<Vec<Address>, ChainError> {
        self.reader.read(self.contract(), dendron_manager::addresses(netuid)).await
    }

    /// The accounts of all validators, inactive ones included (`getSubnetValidators`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getSubnetValidators")]
    pub async fn validator_addresses(self, netuid: NetUid) -> Result<Vec<Address>, ChainError> {
        self.reader.read(self.contract(), dendron_manager::validator_addresses(netuid)).await
    }

    /// How many dendrons there are (`getNeuronCount`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNeuronCount")]
    pub async fn count(self, netuid: NetUid) -> Result<u64, ChainError> {
        self.reader.read(self.contract(), dendron_manager::count(netuid)).await
    }

    /// How many of them are validators, inactive ones included (`getSubnetValidatorCount`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getSubnetValidatorCount")]
    pub async fn validator_count(self, netuid: NetUid) -> Result<u64, ChainError> {
        self.reader.read(self.contract(), dendron_manager::validator_count(netuid)).await
    }

    /// Whether `account` is a dendron, active or not (`isNeuron`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isNeuron")]
    pub async fn is_dendron(self, netuid: NetUid, account: Address) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), dendron_manager::is_dendron(netuid, account)).await
    }

    /// Whether `account` is a validator, active or not (`isValidator`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isValidator")]
    pub async fn is_validator(self, netuid: NetUid, account: Address) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), dendron_manager::is_validator(netuid, account)).await
    }

    /// What `account` does in the subnet, if it takes part, active or not.
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

    /// The contract or account in the part of the reward distributor, if one is named
    /// (`rewardDistributor`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "rewardDistributor")]
    pub async fn reward_distributor(self) -> Result<Option<Address>, ChainError> {
        self.reader.read(self.contract(), dendron_manager::reward_distributor()).await
    }

    /// The miners of the subnet.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn miners(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        self.of_role(netuid, Role::Miner).await
    }

    /// The validators of the subnet.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn validators(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        self.of_role(netuid, Role::Validator).await
    }

    /// Registers the wallet's dendron, out of stake that is there already
    /// (`registerNeuronWithStakeAllocation`). Costs `base_dendron_cost` besides, whatever that is
    /// by then: [`Dendrons::register_for_at_most`] names a limit.
    ///
    /// # Errors
    /// [`ChainError::Reverted`], among others with `SUBNET_NOT_ACTIVE`, `ALREADY_REGISTERED`,
    /// `INSUFFICIENT_AVAILABLE_STAKE`, `INSUFFICIENT_NEURON_STAKE`,
    /// `INSUFFICIENT_VALIDATOR_STAKE`, `SUBNET_NEURONS_FULL`.
    #[doc(alias = "registerNeuronWithStakeAllocation")]
    pub fn register(self, registration: &Registration) -> ContractCall<'client, RegisteredDendron> {
        self.registration(dendron_manager::register(registration))
    }

    /// As [`Dendrons::register`], unless it costs more than `max_cost`: the owner of a subnet can
    /// raise the cost at any time (the form of `registerNeuronWithStakeAllocation` with a highest
    /// cost).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `RegistrationCostTooHigh`, and as [`Dendrons::register`].
    #[doc(alias = "registerNeuronWithStakeAllocation")]
    pub fn register_for_at_most(
        self,
        registration: &Registration,
        max_cost: Amount,
    ) -> ContractCall<'client, RegisteredDendron> {
        self.registration(dendron_manager::register_for_at_most(registration, max_cost))
    }

    /// Changes where the wallet's dendron serves (`updateNeuronService`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if it is not registered or changed its endpoint just before.
    #[doc(alias = "updateNeuronService")]
    pub fn update_endpoints(
        self,
        netuid: NetUid,
        endpoint: &RawEndpoint,
        metrics_endpoint: &RawEndpoint,
    ) -> ContractCall<'client> {
        self.write(dendron_manager::update_endpoints(netuid, endpoint, metrics_endpoint))
    }

    /// Ends the wallet's part in the subnet (`deregisterNeuron`). The cost is not paid back.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if it is not registered.
    #[doc(alias = "deregisterNeuron")]
    pub fn deregister(self, netuid: NetUid) -> ContractCall<'client> {
        self.write(dendron_manager::deregister(netuid))
    }

    /// Removes a dendron that has been inactive for longer than the immunity period, so that its
    /// place becomes free (`pruneInactiveNeuron`). Anyone may.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `NotRegistered`, `NeuronActive` or `NeuronImmune`.
    #[doc(alias = "pruneInactiveNeuron")]
    pub fn prune(self, netuid: NetUid, account: Address) -> ContractCall<'client> {
        self.write(dendron_manager::prune(netuid, account))
    }

    /// Brings a dendron's activity in line with its `stake`, which has to be the one that
    /// GlobalStaking holds, after the subnet moved its thresholds (`updateStakeAllocation`).
    /// Anyone may.
    ///
    /// On the published network anyone may write any stake into the record of a dendron; that
    /// record is not what [`Dendron::stake`] says.
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

    /// A registration, of which a block takes few.
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
