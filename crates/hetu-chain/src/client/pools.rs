//! The list of pools.

use super::error::ChainError;
use super::reader::Reader;
use crate::abi::{Read, subnet_amm};
use crate::model::{PoolFactoryInfo, PoolSummary};
use crate::{Address, NetUid};

/// The number of pools in one read.
const PAGE: u64 = 500;

/// A handle of the `SubnetAMMFactory` contract. The factory creates pools only for the
/// SubnetManager. On the published network any account can have it create a pool, and the pool of a
/// subnet is the one in [`Subnet::pool`](crate::model::Subnet::pool).
#[derive(Clone, Copy, Debug)]
pub struct Pools<'client> {
    reader: &'client Reader,
}

impl<'client> Pools<'client> {
    pub(super) const fn new(reader: &'client Reader) -> Self {
        Self { reader }
    }

    /// Returns a summary of the factory (`getFactoryInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getFactoryInfo")]
    pub async fn factory(self) -> Result<PoolFactoryInfo, ChainError> {
        self.read(subnet_amm::factory_info()).await
    }

    /// Returns the pool that was created for the subnet, or `None` (`getPool`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getPool")]
    pub async fn of(self, netuid: NetUid) -> Result<Option<Address>, ChainError> {
        self.read(subnet_amm::pool_of(netuid)).await
    }

    /// Returns `true` if the factory created `contract` (`isPool`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isPool")]
    pub async fn is_pool(self, contract: Address) -> Result<bool, ChainError> {
        self.read(subnet_amm::is_pool(contract)).await
    }

    /// Returns all pools, in the order of their creation (`getPoolsInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getPoolsInfo")]
    pub async fn list(self) -> Result<Vec<PoolSummary>, ChainError> {
        let pinned = self.reader.pinned().await?.1;
        let pools = Pools::new(&pinned);
        let count = pools.factory().await?.pools.min(u64::from(u16::MAX));
        let mut list = Vec::new();
        for start in (0..count).step_by(PAGE as usize) {
            let end = count.min(start + PAGE);
            list.extend(pools.read(subnet_amm::pools(start, end)).await?);
        }
        Ok(list)
    }

    async fn read<T>(self, read: Read<T>) -> Result<T, ChainError> {
        self.reader.read(self.reader.network().contracts.amm_factory, read).await
    }
}
