//! Subnets: reading, registering, activating.

use super::{ChainError, ContractCall, Hetutensor};
use crate::abi::subnet_manager;
use crate::model::{ChainEvent, Hyperparameters, Receipt, Subnet, SubnetEvent};
use crate::{Address, Amount, NetUid};

/// What `SubnetManager` knows and does.
#[derive(Clone, Copy, Debug)]
pub struct Subnets<'client> {
    hetu: &'client Hetutensor,
}

/// What a new subnet is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubnet {
    /// The subnet's name; not empty.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The name of its token; not empty.
    pub token_name: String,
    /// The symbol of its token; not empty.
    pub token_symbol: String,
}

/// A subnet that was registered just now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredSubnet {
    /// The number it received.
    pub netuid: NetUid,
    /// The transaction.
    pub receipt: Receipt,
}

impl<'client> Subnets<'client> {
    pub(super) const fn new(hetu: &'client Hetutensor) -> Self {
        Self { hetu }
    }

    /// How many subnets were ever registered (`totalNetworks`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn count(self) -> Result<u16, ChainError> {
        self.hetu.read(self.contract(), subnet_manager::total_networks()).await
    }

    /// The subnet with this number (`getSubnetInfo`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn info(self, netuid: NetUid) -> Result<Subnet, ChainError> {
        let read = self.hetu.read(self.contract(), subnet_manager::subnet_info(netuid)).await;
        let subnet = read.map_err(|error| missing(netuid, error))?;
        self.hetu.remember_contracts_of(&subnet);
        Ok(subnet)
    }

    /// Whether there is a subnet with this number (`subnetExists`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn exists(self, netuid: NetUid) -> Result<bool, ChainError> {
        self.hetu.read(self.contract(), subnet_manager::subnet_exists(netuid)).await
    }

    /// The numbers that govern the subnet (`getSubnetHyperparams`).
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn hyperparameters(self, netuid: NetUid) -> Result<Hyperparameters, ChainError> {
        let read = subnet_manager::hyperparameters(netuid);
        self.hetu.read(self.contract(), read).await.map_err(|error| missing(netuid, error))
    }

    /// What registering a subnet costs at this block (`getNetworkLockCost`). The price doubles
    /// with each registration and falls with time.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn lock_cost(self) -> Result<Amount, ChainError> {
        self.hetu.read(self.contract(), subnet_manager::lock_cost()).await
    }

    /// Registers a subnet for at most `limit`, wrapping HETU and approving the price as needed
    /// (`registerNetwork`). The price is spent: it opens the subnet's pool, and the rest is
    /// burned.
    ///
    /// # Errors
    /// [`ChainError::TooExpensive`]; [`ChainError::Reverted`] with `RATE_LIMIT_EXCEEDED` if the
    /// last registration is too recent, or with the name of the member that is empty.
    pub fn register(
        self,
        subnet: &NewSubnet,
        limit: Amount,
    ) -> ContractCall<'client, RegisteredSubnet> {
        let contract = self.contract();
        let write = subnet_manager::register_network(
            &subnet.name,
            &subnet.description,
            &subnet.token_name,
            &subnet.token_symbol,
        );
        let price = async move { self.price_within(limit).await };
        self.hetu.call(contract, write).funded(contract, price).returning(|receipt| {
            let netuid = receipt.events.iter().find_map(|event| match event {
                ChainEvent::Subnet(SubnetEvent::Registered { netuid, .. }) => Some(*netuid),
                _ => None,
            });
            let netuid = netuid.ok_or_else(|| ChainError::Malformed {
                function: "registerNetwork".into(),
                reason: "no event NetworkRegistered".into(),
            })?;
            Ok(RegisteredSubnet { netuid, receipt })
        })
    }

    /// Lets dendrons register; the owner's, and once (`activateSubnet`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NOT_OWNER` or `SUBNET_ALREADY_ACTIVE`.
    pub fn activate(self, netuid: NetUid) -> ContractCall<'client> {
        self.hetu.call(self.contract(), subnet_manager::activate_subnet(netuid))
    }

    async fn price_within(self, limit: Amount) -> Result<Amount, ChainError> {
        let price = self.lock_cost().await?;
        if price > limit {
            return Err(ChainError::TooExpensive { price, limit });
        }
        Ok(price)
    }

    fn contract(self) -> Address {
        self.hetu.network().contracts.subnet_manager
    }
}

fn missing(netuid: NetUid, error: ChainError) -> ChainError {
    if error.is_revert("SUBNET_NOT_EXISTS") { ChainError::NoSubnet(netuid) } else { error }
}
