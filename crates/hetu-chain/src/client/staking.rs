//! Stake and its allocation to subnets.

use std::future::ready;

use super::{ChainError, ContractCall, Hetutensor};
use crate::abi::{Write, global_staking};
use crate::model::{Allocation, Stake};
use crate::{Address, Amount, NetUid};

/// What `GlobalStaking` knows and does.
#[derive(Clone, Copy, Debug)]
pub struct Staking<'client> {
    hetu: &'client Hetutensor,
}

impl<'client> Staking<'client> {
    pub(super) const fn new(hetu: &'client Hetutensor) -> Self {
        Self { hetu }
    }

    /// The stake of `account` (`getStakeInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn stake_of(self, account: Address) -> Result<Stake, ChainError> {
        self.hetu.read(self.contract(), global_staking::stake(account)).await
    }

    /// What `account` has allocated to the subnet (`getSubnetAllocation`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn allocation(
        self,
        account: Address,
        netuid: NetUid,
    ) -> Result<Allocation, ChainError> {
        self.hetu.read(self.contract(), global_staking::allocation(account, netuid)).await
    }

    /// Stakes `amount`, wrapping HETU and approving as needed (`addGlobalStake`).
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`].
    #[expect(clippy::should_implement_trait, reason = "stake is added, handles are not")]
    pub fn add(self, amount: Amount) -> ContractCall<'client> {
        self.write(global_staking::add(amount)).funded(self.contract(), ready(Ok(amount)))
    }

    /// Takes `amount` of unallocated stake back, as WHETU (`removeGlobalStake`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `INSUFFICIENT_STAKE` or `AMOUNT_NOT_AVAILABLE`.
    pub fn remove(self, amount: Amount) -> ContractCall<'client> {
        self.write(global_staking::remove(amount))
    }

    /// Sets what is allocated to the subnet to exactly `amount` (`allocateToSubnet`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_AMOUNT` or `INSUFFICIENT_AVAILABLE_STAKE`.
    pub fn allocate(self, netuid: NetUid, amount: Amount) -> ContractCall<'client> {
        self.write(global_staking::allocate(netuid, amount))
    }

    /// Takes `amount` back from what is allocated to the subnet (`deallocateFromSubnet`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_AMOUNT` or `INSUFFICIENT_ALLOCATION`.
    pub fn deallocate(self, netuid: NetUid, amount: Amount) -> ContractCall<'client> {
        self.write(global_staking::deallocate(netuid, amount))
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        self.hetu.call(self.contract(), write)
    }

    fn contract(self) -> Address {
        self.hetu.network().contracts.global_staking
    }
}
