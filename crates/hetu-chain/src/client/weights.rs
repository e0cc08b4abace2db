//! The weights that validators give to miners.

use super::{ChainError, ContractCall, Hetutensor};
use crate::abi;
use crate::{Address, NetUid};

/// What `Weights` knows and does.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'client> {
    hetu: &'client Hetutensor,
}

impl<'client> Weights<'client> {
    pub(super) const fn new(hetu: &'client Hetutensor) -> Self {
        Self { hetu }
    }

    /// What `validator` thinks of each of `miners`, in their order; zero where it said nothing
    /// (`weights`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn get(
        self,
        netuid: NetUid,
        validator: Address,
        miners: &[Address],
    ) -> Result<Vec<u64>, ChainError> {
        let reads = miners
            .iter()
            .map(|&miner| (self.contract(), abi::weights::weight(netuid, validator, miner)))
            .collect();
        self.hetu.read_many(reads).await
    }

    /// Sets the wallet's weights in the subnet, in the place of all it set before
    /// (`setWeights`). Only the proportions matter.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] if the wallet is no active validator of the subnet, set weights
    /// too recently, or names an account that is no dendron.
    pub fn set(self, netuid: NetUid, weights: &[(Address, u64)]) -> ContractCall<'client> {
        self.hetu.call(self.contract(), abi::weights::set(netuid, weights))
    }

    fn contract(self) -> Address {
        self.hetu.network().contracts.weights
    }
}
