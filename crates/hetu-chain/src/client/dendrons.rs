//! Dendrons: who takes part in a subnet, and joining it.

use super::{ChainError, ContractCall, Hetutensor};
use crate::abi::{Write, dendron_manager, global_staking};
use crate::model::{Dendron, RawEndpoint, Role};
use crate::{Address, Amount, NetUid};

/// What `DendronManager` (published as `NeuronManager`) knows and does.
#[derive(Clone, Copy, Debug)]
pub struct Dendrons<'client> {
    hetu: &'client Hetutensor,
}

/// How a wallet wants to take part in a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The subnet.
    pub netuid: NetUid,
    /// What the dendron does.
    pub role: Role,
    /// What is allocated to the subnet; at least the threshold of the role.
    pub stake: Amount,
    /// Where it serves; empty for validators that do not.
    pub endpoint: RawEndpoint,
    /// Where its metrics are; empty for none.
    pub metrics_endpoint: RawEndpoint,
}

impl Registration {
    /// A miner that serves at `endpoint`, without metrics.
    pub fn miner(netuid: impl Into<NetUid>, stake: Amount, endpoint: RawEndpoint) -> Self {
        let metrics_endpoint = RawEndpoint::default();
        Self { netuid: netuid.into(), role: Role::Miner, stake, endpoint, metrics_endpoint }
    }

    /// A validator that serves nothing.
    pub fn validator(netuid: impl Into<NetUid>, stake: Amount) -> Self {
        Self { role: Role::Validator, ..Self::miner(netuid, stake, RawEndpoint::default()) }
    }
}

/// What had to be done for a wallet to take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Membership {
    /// It did already, at this endpoint.
    Unchanged,
    /// It did already; its endpoint was changed.
    EndpointUpdated,
    /// It was registered now.
    Registered,
}

impl<'client> Dendrons<'client> {
    pub(super) const fn new(hetu: &'client Hetutensor) -> Self {
        Self { hetu }
    }

    /// The dendron of `account`, if it is one (`getNeuronInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn get(
        self,
        netuid: NetUid,
        account: Address,
    ) -> Result<Option<Dendron>, ChainError> {
        Ok(self.get_many(netuid, &[account]).await?.pop())
    }

    /// All dendrons of the subnet, in the contract's order (`getNeuronList`, then
    /// `getNeuronInfo` and `getSubnetAllocation` of each, batched).
    ///
    /// The answer is of one block only if the client is pinned to one: [`Hetutensor::at`].
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn all(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        let read = dendron_manager::addresses(netuid);
        let accounts = self.hetu.read(self.contract(), read).await?;
        self.get_many(netuid, &accounts).await
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
    /// (`registerNeuronWithStakeAllocation`). Costs `base_dendron_cost` besides.
    ///
    /// # Errors
    /// [`ChainError::Reverted`], among others with `SUBNET_NOT_ACTIVE`, `ALREADY_REGISTERED`,
    /// `INSUFFICIENT_AVAILABLE_STAKE`, `INSUFFICIENT_NEURON_STAKE`,
    /// `INSUFFICIENT_VALIDATOR_STAKE`, `SUBNET_NEURONS_FULL`.
    pub fn register(self, registration: &Registration) -> ContractCall<'client> {
        self.write(dendron_manager::register(
            registration.netuid,
            registration.stake,
            registration.role,
            &registration.endpoint,
            &registration.metrics_endpoint,
        ))
    }

    /// Changes where the wallet's dendron serves (`updateNeuronService`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if it is not registered or changed its endpoint just before.
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
    pub fn deregister(self, netuid: NetUid) -> ContractCall<'client> {
        self.write(dendron_manager::deregister(netuid))
    }

    /// Makes the wallet take part in the subnet as `registration` says: nothing is done if it
    /// does, the endpoint is changed if that differs, and otherwise it is registered, after
    /// staking what is missing for stake and cost.
    ///
    /// Spends at most `registration.stake` and the subnet's `base_dendron_cost`.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`], and those of [`Dendrons::register`].
    pub async fn ensure(self, registration: &Registration) -> Result<Membership, ChainError> {
        let netuid = registration.netuid;
        let Some(current) = self.get(netuid, self.hetu.address()?).await? else {
            self.stake_for(registration).await?;
            self.register(registration).await?;
            return Ok(Membership::Registered);
        };
        let Registration { endpoint, metrics_endpoint, .. } = registration;
        if current.endpoint == *endpoint && current.metrics_endpoint == *metrics_endpoint {
            return Ok(Membership::Unchanged);
        }
        self.update_endpoints(netuid, endpoint, metrics_endpoint).await?;
        Ok(Membership::EndpointUpdated)
    }

    async fn stake_for(self, registration: &Registration) -> Result<(), ChainError> {
        let netuid = registration.netuid;
        let account = self.hetu.address()?;
        let staking = self.hetu.staking();
        let cost = self.hetu.subnets().hyperparameters(netuid).await?.base_dendron_cost;
        let available = staking.stake_of(account).await?.available();
        // What is allocated to the subnet already counts towards its stake.
        let allocated = staking.allocation(account, netuid).await?.allocated;
        let needed = registration.stake.saturating_add(cost);
        let missing = needed.saturating_sub(available.saturating_add(allocated));
        if !missing.is_zero() {
            staking.add(missing).await?;
        }
        Ok(())
    }

    async fn get_many(
        self,
        netuid: NetUid,
        accounts: &[Address],
    ) -> Result<Vec<Dendron>, ChainError> {
        let staking = self.hetu.network().contracts.global_staking;
        let records = accounts
            .iter()
            .map(|&account| (self.contract(), dendron_manager::info(netuid, account)))
            .collect();
        let allocations = accounts
            .iter()
            .map(|&account| (staking, global_staking::allocation(account, netuid)))
            .collect();
        let records = self.hetu.read_many(records).await?;
        let allocations = self.hetu.read_many(allocations).await?;
        let pairs = records.into_iter().zip(allocations);
        Ok(pairs.filter_map(|(record, stake)| record.with_stake(stake.allocated)).collect())
    }

    async fn of_role(self, netuid: NetUid, role: Role) -> Result<Vec<Dendron>, ChainError> {
        let mut dendrons = self.all(netuid).await?;
        dendrons.retain(|dendron| dendron.role == role);
        Ok(dendrons)
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        self.hetu.call(self.contract(), write)
    }

    fn contract(self) -> Address {
        self.hetu.network().contracts.dendron_manager
    }
}
