//! Which pools there are.

use super::error::ChainError;
use super::reader::Reader;
use crate::abi::{Read, subnet_amm};
use crate::model::{PoolFactoryInfo, PoolSummary};
use crate::{Address, NetUid};

/// How many pools are read at once.
const PAGE: u64 = 500;

/// What `SubnetAMMFactory` knows. It creates pools for the SubnetManager and nobody else; on the
/// published network anybody can have it create one, and the pool of a subnet is the one that
/// [`Subnet::pool`](crate::model::Subnet::pool) names.
#[derive(Clone, Copy, Debug)]
pub struct Pools<'client> {
    reader: &'client Reader,
}

impl<'client> Pools<'client> {
    pub(super) const fn new(reader: &'client Reader) -> Self {
        Self { reader }
    }

    /// The factory at a glance (`getFactoryInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getFactoryInfo")]
    pub async fn factory(self) -> Result<PoolFactoryInfo, ChainError> {
        self.read(subnet_amm::factory_info()).await
    }

    /// The pool that was created for the subnet, if one was (`getPool`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getPool")]
    pub async fn of(self, netuid: NetUid) -> Result<Option<Address>, ChainError> {
        self.read(subnet_amm::pool_of(netuid)).await
    }

    /// Whether the factory created `contract` (`isPool`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "isPool")]
    pub async fn is_pool(self, contract: Address) -> Result<bool, ChainError> {
        self.read(subnet_amm::is_pool(contract)).await
    }

    /// All pools, in the order of their creation (`getPoolsInfo`).
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
