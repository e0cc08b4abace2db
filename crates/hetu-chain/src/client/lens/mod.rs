//! Bulk reads: whole pages of records in one call each.
//!
//! A contract, the Lens, collects the records. If it is not deployed, its code is sent with the
//! call, in one of two ways. If a node supports neither, the records are read one by one in
//! batches. The supported method is determined once per connection and remembered.

mod one_by_one;
mod pages;
mod strategy;

pub(super) use one_by_one::{dendrons_of, row_of};
pub use pages::ReadProgress;

use one_by_one::{dendrons_one_by_one, rows_one_by_one, subnets_one_by_one};
use pages::Pages;

use super::error::ChainError;
use super::reader::Reader;
use crate::model::{Dendron, Hyperparameters, SubnetDetails, WeightRow};
use crate::primitives::ContractAddresses;
use crate::{NetUid, abi};

/// A reader of whole lists at the block that a client is pinned to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lens<'client> {
    reader: &'client Reader,
}

impl<'client> Lens<'client> {
    /// Creates the Lens. `reader` has to be pinned to one block, or the pages of a list could come
    /// from several blocks.
    pub(super) const fn new(reader: &'client Reader) -> Self {
        Self { reader }
    }

    /// Returns all dendrons of the subnet, in the contract's order.
    pub(super) async fn dendrons(self, netuid: NetUid) -> Result<Vec<Dendron>, ChainError> {
        match self.dendrons_by_pages(netuid, &|_| {}).await? {
            Some(dendrons) => Ok(dendrons),
            None => dendrons_one_by_one(self.reader, netuid).await,
        }
    }

    /// Returns all dendrons of the subnet by pages, or `None` if no node supports paging.
    pub(super) async fn dendrons_by_pages(
        self,
        netuid: NetUid,
        tell: &(dyn Fn(ReadProgress) + Sync),
    ) -> Result<Option<Vec<Dendron>>, ChainError> {
        let ContractAddresses { dendron_manager, global_staking, .. } = self.contracts();
        let pages = Pages::new(self.reader, |dendron: &Dendron| dendron.address);
        let read = |start, count| {
            abi::lens::dendrons(dendron_manager, global_staking, netuid, start, count)
        };
        pages.read_all_telling(read, tell).await
    }

    /// Returns all subnets, ordered by number.
    pub(super) async fn subnets(self) -> Result<Vec<SubnetDetails>, ChainError> {
        let manager = self.contracts().subnet_manager;
        let pages = Pages::new(self.reader, |details: &SubnetDetails| details.subnet.netuid);
        let read = |start, count| abi::lens::subnets(manager, start, count);
        match pages.read_all(read).await? {
            Some(subnets) => Ok(subnets),
            None => subnets_one_by_one(self.reader, abi::subnet_manager::details).await,
        }
    }

    /// Returns the rules of all subnets, ordered by number.
    pub(super) async fn hyperparameters(
        self,
    ) -> Result<Vec<(NetUid, Hyperparameters)>, ChainError> {
        let manager = self.contracts().subnet_manager;
        let pages = Pages::new(self.reader, |&(netuid, _): &(NetUid, Hyperparameters)| netuid);
        let read = |start, count| abi::lens::hyperparameters(manager, start, count);
        if let Some(rules) = pages.read_all(read).await? {
            return Ok(rules);
        }
        let rules = subnets_one_by_one(self.reader, abi::subnet_manager::hyperparameters).await?;
        Ok((1..).map(NetUid::new).zip(rules).collect())
    }

    /// Returns the weights set by all validators of the subnet, in the contract's order.
    pub(super) async fn weight_rows(self, netuid: NetUid) -> Result<Vec<WeightRow>, ChainError> {
        let ContractAddresses { weights, dendron_manager, .. } = self.contracts();
        let pages = Pages::new(self.reader, |row: &WeightRow| row.validator);
        let read =
            |start, count| abi::lens::weight_rows(weights, dendron_manager, netuid, start, count);
        match pages.read_all(read).await? {
            Some(rows) => Ok(rows),
            None => rows_one_by_one(self.reader, netuid).await,
        }
    }

    fn contracts(self) -> ContractAddresses {
        self.reader.network().contracts
    }
}
