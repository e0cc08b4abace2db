//! Reads of subnets, and the transactions of subnet owners and of the network's owner.

use super::error::ChainError;
use super::lens::{Lens, ReadProgress, dendrons_of};
use super::reader::{Reader, no_subnet};
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{dendron_manager, subnet_manager};
use crate::model::{
    HyperparameterChanges, Hyperparameters, NetworkParameters, RegistrationRules, Subnet,
    SubnetDetails, SubnetSnapshot,
};
use crate::{Address, Amount, NetUid};

const DENDRONS_BETWEEN_REPORTS: usize = 250;

/// A handle of the `SubnetManager` contract.
#[derive(Clone, Copy, Debug)]
pub struct Subnets<'client> {
    pub(super) reader: &'client Reader,
    pub(super) settings: &'client SenderSettings,
}

impl<'client> Subnets<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the number of subnets that were ever registered (`totalNetworks`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "totalNetworks")]
    pub async fn count(self) -> Result<u16, ChainError> {
        self.reader.read(self.contract(), subnet_manager::total_networks()).await
    }

    /// Returns the number of the next subnet to be registered (`getNextNetuid`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNextNetuid")]
    pub async fn next_netuid(self) -> Result<NetUid, ChainError> {
        self.reader.read(self.contract(), subnet_manager::next_netuid()).await
    }

    /// Returns all subnets and their pools, ordered by number, all at one block.
    ///
    /// Names are cut off after 255 bytes, and descriptions after 1,024.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn list(self) -> Result<Vec<SubnetDetails>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        Lens::new(&pinned).subnets().await
    }

    /// Returns the rules of all subnets, ordered by number, all at one block.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn all_hyperparameters(self) -> Result<Vec<(NetUid, Hyperparameters)>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        Lens::new(&pinned).hyperparameters().await
    }

    /// Returns the subnet with this number (`getSubnetInfo`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    #[doc(alias = "getSubnetInfo")]
    pub async fn info(self, netuid: NetUid) -> Result<Subnet, ChainError> {
        self.reader.subnet(netuid).await
    }

    /// Returns the subnet with this number and its pool, in one read (`getSubnetDetails`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    #[doc(alias = "getSubnetDetails")]
    pub async fn details(self, netuid: NetUid) -> Result<SubnetDetails, ChainError> {
        let details = self.reader.read(self.contract(), subnet_manager::details(netuid)).await;
        details.map_err(|error| no_subnet(netuid, error))
    }

    /// Returns `true` if there is a subnet with this number (`subnetExists`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "subnetExists")]
    pub async fn exists(self, netuid: NetUid) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), subnet_manager::subnet_exists(netuid)).await
    }

    /// Returns `true` if dendrons may register (`isSubnetActive`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    #[doc(alias = "isSubnetActive")]
    pub async fn is_active(self, netuid: NetUid) -> Result<bool, ChainError> {
        let is_active = self.reader.read(self.contract(), subnet_manager::is_active(netuid)).await;
        is_active.map_err(|error| no_subnet(netuid, error))
    }

    /// Returns the subnets that `account` registered (`getUserSubnets`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getUserSubnets")]
    pub async fn owned_by(self, account: Address) -> Result<Vec<NetUid>, ChainError> {
        self.reader.read(self.contract(), subnet_manager::owned_by(account)).await
    }

    /// Returns the hyperparameters of the subnet (`getSubnetHyperparams`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    #[doc(alias = "getSubnetHyperparams")]
    pub async fn hyperparameters(self, netuid: NetUid) -> Result<Hyperparameters, ChainError> {
        let read = subnet_manager::hyperparameters(netuid);
        self.reader.read(self.contract(), read).await.map_err(|error| no_subnet(netuid, error))
    }

    /// Returns the subnet, its rules and all its dendrons at one block: the one that the client is
    /// pinned to, or else the latest. A subnet of 4,096 dendrons takes about ten calls.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`]; [`ChainError::Malformed`] if the node's answers contradict each
    /// other.
    pub async fn snapshot(self, netuid: NetUid) -> Result<SubnetSnapshot, ChainError> {
        let (block, pinned) = self.reader.pinned().await?;
        let subnets = Subnets::new(&pinned, self.settings);
        let (subnet, hyperparameters, dendrons) = futures_util::try_join!(
            subnets.info(netuid),
            subnets.hyperparameters(netuid),
            Lens::new(&pinned).dendrons(netuid),
        )?;
        Ok(SubnetSnapshot { block, subnet, hyperparameters, dendrons })
    }

    /// Returns the same as [`Subnets::snapshot`], but reads only by pages. Returns `None` if no
    /// node of the network can run the Lens. Reports each page to `progress`.
    ///
    /// # Errors
    /// The errors of [`Subnets::snapshot`].
    pub async fn snapshot_by_pages(
        self,
        netuid: NetUid,
        progress: &(dyn Fn(ReadProgress) + Sync),
    ) -> Result<Option<SubnetSnapshot>, ChainError> {
        let (block, pinned) = self.reader.pinned().await?;
        let subnets = Subnets::new(&pinned, self.settings);
        let (subnet, hyperparameters, dendrons) = futures_util::try_join!(
            subnets.info(netuid),
            subnets.hyperparameters(netuid),
            Lens::new(&pinned).dendrons_by_pages(netuid, progress),
        )?;
        Ok(dendrons.map(|dendrons| SubnetSnapshot { block, subnet, hyperparameters, dendrons }))
    }

    /// Returns the same as [`Subnets::snapshot`], but reads only with batched calls of the
    /// published functions. Reports to `progress` after every few hundred dendrons.
    ///
    /// # Errors
    /// The errors of [`Subnets::snapshot`].
    pub async fn snapshot_by_calls(
        self,
        netuid: NetUid,
        progress: &(dyn Fn(ReadProgress) + Sync),
    ) -> Result<SubnetSnapshot, ChainError> {
        let (block, pinned) = self.reader.pinned().await?;
        let dendrons_at = pinned.network().contracts.dendron_manager;
        let subnets = Subnets::new(&pinned, self.settings);
        let (subnet, hyperparameters, accounts) = futures_util::try_join!(
            subnets.info(netuid),
            subnets.hyperparameters(netuid),
            pinned.read(dendrons_at, dendron_manager::addresses(netuid)),
        )?;
        let mut dendrons = Vec::with_capacity(accounts.len());
        for some in accounts.chunks(DENDRONS_BETWEEN_REPORTS) {
            dendrons.extend(dendrons_of(&pinned, netuid, some).await?);
            progress(ReadProgress { read: dendrons.len(), total: accounts.len() });
        }
        Ok(SubnetSnapshot { block, subnet, hyperparameters, dendrons })
    }

    /// Returns the cost of registering a subnet at this block (`getNetworkLockCost`). The price
    /// doubles with each registration and decreases with time.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNetworkLockCost")]
    pub async fn lock_cost(self) -> Result<Amount, ChainError> {
        self.reader.read(self.contract(), subnet_manager::lock_cost()).await
    }

    /// Returns the rules of subnet registration, and the last registration (`getNetworkParams`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getNetworkParams")]
    pub async fn network_parameters(self) -> Result<NetworkParameters, ChainError> {
        self.reader.read(self.contract(), subnet_manager::network_parameters()).await
    }

    /// Allows dendrons to register (`activateSubnet`). Only the subnet's owner can do this, and
    /// only once.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NOT_OWNER` or `SUBNET_ALREADY_ACTIVE`.
    #[doc(alias = "activateSubnet")]
    pub fn activate(self, netuid: NetUid) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.contract(), subnet_manager::activate_subnet(netuid))
    }

    /// Replaces all rules of the subnet (`updateSubnetHyperparams`). The subnet's owner and the
    /// owner of the SubnetManager can do this; on the published network only the latter.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NOT_SUBNET_OWNER` (`OwnableUnauthorizedAccount` on the
    /// published network), or `INVALID_HYPERPARAMS` if a number is out of bounds.
    #[doc(alias = "updateSubnetHyperparams")]
    pub fn set_hyperparameters(
        self,
        netuid: NetUid,
        rules: &Hyperparameters,
    ) -> ContractCall<'client> {
        ContractCall::new(
            self.settings,
            self.contract(),
            subnet_manager::update_hyperparameters(netuid, rules),
        )
    }

    /// Returns the call that changes some rules of the subnet and keeps the current values of the
    /// others. It overwrites a change that another account makes before the call is sent.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`]. The call has the errors of [`Subnets::set_hyperparameters`].
    pub async fn change_hyperparameters(
        self,
        netuid: NetUid,
        changes: &HyperparameterChanges,
    ) -> Result<ContractCall<'client>, ChainError> {
        let current = self.hyperparameters(netuid).await?;
        Ok(self.set_hyperparameters(netuid, &changes.apply_to(&current)))
    }

    /// Allows `minter` to create tokens of the subnet, without limit (`addSubnetMinter`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NOT_SUBNET_OWNER`.
    #[doc(alias = "addSubnetMinter")]
    pub fn add_minter(self, netuid: NetUid, minter: Address) -> ContractCall<'client> {
        ContractCall::new(
            self.settings,
            self.contract(),
            subnet_manager::add_minter(netuid, minter),
        )
    }

    /// Revokes the permission of `minter` to create tokens (`removeSubnetMinter`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NOT_SUBNET_OWNER`.
    #[doc(alias = "removeSubnetMinter")]
    pub fn remove_minter(self, netuid: NetUid, minter: Address) -> ContractCall<'client> {
        ContractCall::new(
            self.settings,
            self.contract(),
            subnet_manager::remove_minter(netuid, minter),
        )
    }

    /// Sets the rules of subnet registration (`updateNetworkParams`). Only the owner of the
    /// SubnetManager can do this.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`, or with the name of the rule
    /// that is zero or too large.
    #[doc(alias = "updateNetworkParams")]
    pub fn set_network_parameters(self, rules: &RegistrationRules) -> ContractCall<'client> {
        ContractCall::new(
            self.settings,
            self.contract(),
            subnet_manager::update_network_parameters(rules),
        )
    }

    /// Sets the rules of subnet registration within narrower bounds (`updateNetworkConfig`): a lock
    /// of at least 1 HETU, a rate limit of at least 100 blocks, and an interval of at least 1,000.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`, `INVALID_MIN_LOCK`,
    /// `INVALID_RATE_LIMIT` or `INVALID_INTERVAL`.
    #[doc(alias = "updateNetworkConfig")]
    pub fn set_network_config(self, rules: &RegistrationRules) -> ContractCall<'client> {
        ContractCall::new(
            self.settings,
            self.contract(),
            subnet_manager::update_network_config(rules),
        )
    }

    /// Resets the cost of the last subnet, so that the next one has the minimum cost
    /// (`resetNetworkLockState`). Only the owner of the SubnetManager can do this.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `OwnableUnauthorizedAccount`.
    #[doc(alias = "resetNetworkLockState")]
    pub fn reset_lock_cost(self) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.contract(), subnet_manager::reset_lock_cost())
    }

    pub(super) fn contract(self) -> Address {
        self.reader.network().contracts.subnet_manager
    }
}
