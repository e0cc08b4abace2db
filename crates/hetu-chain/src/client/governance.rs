//! Ownership and permissions of the contracts.

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use super::staking::Staking;
use super::timelock::Timelock;
use crate::Address;
use crate::abi::{dendron_manager, global_staking, ownership};
use crate::model::Contract;
use crate::primitives::ContractAddresses;

/// A handle of the contracts' owners, and of their decisions other than the rules of
/// [subnets](crate::client::Subnets::set_network_parameters) and
/// [rewards](crate::client::Rewards::set_keeper).
#[derive(Clone, Copy, Debug)]
pub struct Governance<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
}

/// A contract with an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OwnedContract {
    /// The staking contract. Its owner sets the treasury, the dendron manager and the authorised
    /// callers.
    GlobalStaking,
    /// The subnet contract. Its owner sets the rules of subnet registration and of every subnet.
    SubnetManager,
    /// The dendron contract. Its owner sets the reward distributor.
    DendronManager,
    /// The reward contract. Its owner sets the keepers, the guardians and the delay of roots.
    RewardDistributor,
}

impl From<OwnedContract> for Contract {
    fn from(contract: OwnedContract) -> Self {
        match contract {
            OwnedContract::GlobalStaking => Self::GlobalStaking,
            OwnedContract::SubnetManager => Self::SubnetManager,
            OwnedContract::DendronManager => Self::DendronManager,
            OwnedContract::RewardDistributor => Self::RewardDistributor,
        }
    }
}

impl<'client> Governance<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the ownership of `contract`.
    ///
    /// # Errors
    /// [`ChainError::NotDeployed`] if the network has no such contract.
    pub fn ownership_of(self, contract: OwnedContract) -> Result<Ownership<'client>, ChainError> {
        let ContractAddresses { global_staking, subnet_manager, dendron_manager, .. } =
            self.contracts();
        let address = match contract {
            OwnedContract::GlobalStaking => Some(global_staking),
            OwnedContract::SubnetManager => Some(subnet_manager),
            OwnedContract::DendronManager => Some(dendron_manager),
            OwnedContract::RewardDistributor => self.contracts().reward_distributor,
        };
        let contract = Contract::from(contract);
        let address = address.ok_or_else(|| self.reader.not_deployed(contract))?;
        Ok(Ownership { reader: self.reader, settings: self.settings, contract, address })
    }

    /// Returns the timelock at `address`, which may own contracts.
    pub const fn timelock(self, address: Address) -> Timelock<'client> {
        Timelock::new(self.reader, self.settings, address)
    }

    /// Returns the account that receives the costs of registrations (`treasury`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn treasury(self) -> Result<Address, ChainError> {
        self.reader.read(self.contracts().global_staking, global_staking::treasury()).await
    }

    /// Sets the treasury, as the owner of GlobalStaking (`setTreasury`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount` or `ZeroAddress`.
    #[doc(alias = "setTreasury")]
    pub fn set_treasury(self, treasury: Address) -> ContractCall<'client> {
        Staking::new(self.reader, self.settings).write(global_staking::set_treasury(treasury))
    }

    /// Returns `true` if `caller` may allocate and charge the stake of other accounts
    /// (`authorizedCallers`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "authorizedCallers")]
    pub async fn is_authorized(self, caller: Address) -> Result<bool, ChainError> {
        self.reader
            .read(self.contracts().global_staking, global_staking::is_authorized(caller))
            .await
    }

    /// Grants or revokes that permission of `caller`, as the owner of GlobalStaking
    /// (`setAuthorizedCaller`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`.
    #[doc(alias = "setAuthorizedCaller")]
    pub fn set_authorized(self, caller: Address, authorized: bool) -> ContractCall<'client> {
        Staking::new(self.reader, self.settings)
            .write(global_staking::set_authorized(caller, authorized))
    }

    /// Returns the contract that GlobalStaking notifies of changes of stake (`dendronManager`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network.
    #[doc(alias = "dendronManager")]
    pub async fn dendron_manager(self) -> Result<Address, ChainError> {
        self.reader.read(self.contracts().global_staking, global_staking::dendron_manager()).await
    }

    /// Sets the contract to notify of changes of stake, as the owner of GlobalStaking
    /// (`setDendronManager`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `OwnableUnauthorizedAccount`.
    #[doc(alias = "setDendronManager")]
    pub fn set_dendron_manager(self, manager: Address) -> ContractCall<'client> {
        Staking::new(self.reader, self.settings).write(global_staking::set_dendron_manager(manager))
    }

    /// Sets the reward distributor, or removes it with the zero address, as the owner of the
    /// DendronManager (`setRewardDistributor`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`.
    #[doc(alias = "setRewardDistributor")]
    pub fn set_reward_distributor(self, distributor: Address) -> ContractCall<'client> {
        let write = dendron_manager::set_reward_distributor(distributor);
        ContractCall::new(self.settings, self.contracts().dendron_manager, write)
    }

    fn contracts(self) -> ContractAddresses {
        self.reader.network().contracts
    }
}

/// The ownership of one contract.
#[derive(Clone, Copy, Debug)]
pub struct Ownership<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
    contract: Contract,
    address: Address,
}

impl<'client> Ownership<'client> {
    /// Returns the owner (`owner`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn owner(self) -> Result<Address, ChainError> {
        self.reader.read(self.address, ownership::owner()).await
    }

    /// Returns the account that becomes the owner by accepting, or `None` (`pendingOwner`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network.
    #[doc(alias = "pendingOwner")]
    pub async fn pending_owner(self) -> Result<Option<Address>, ChainError> {
        self.reader.read(self.address, ownership::pending_owner(self.contract)).await
    }

    /// Nominates the next owner, which has to [accept](Ownership::accept) (`transferOwnership`). On
    /// the published network that account becomes the owner immediately, even if the address is
    /// wrong.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`.
    #[doc(alias = "transferOwnership")]
    pub fn transfer_to(self, next: Address) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.address, ownership::transfer(next))
    }

    /// Becomes the owner (`acceptOwnership`).
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `OwnableUnauthorizedAccount` if the wallet is not the nominated owner.
    #[doc(alias = "acceptOwnership")]
    pub fn accept(self) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.address, ownership::accept(self.contract))
    }

    /// Leaves the contract permanently without an owner (`renounceOwnership`). This is possible
    /// only on the published network.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnershipCannotBeRenounced` by this project's contracts, or
    /// with `OwnableUnauthorizedAccount`.
    #[doc(alias = "renounceOwnership")]
    pub fn renounce(self) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.address, ownership::renounce())
    }
}
