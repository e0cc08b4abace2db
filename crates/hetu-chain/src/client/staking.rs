//! Stake and its allocation to subnets.

use std::future::ready;

use super::error::ChainError;
use super::payment::{Payer, Payment};
use super::reader::Reader;
use super::reported::reported;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Write, global_staking};
use crate::model::{Allocation, ChainEvent, Stake, StakingEvent, TransactionReceipt};
use crate::{Address, Amount, NetUid};

/// A handle of the `GlobalStaking` contract.
#[derive(Clone, Copy, Debug)]
pub struct Staking<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
}

/// A change of the stake allocated to a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reallocation {
    /// The previous allocation.
    pub previous: Amount,
    /// The new allocation.
    pub current: Amount,
    /// The receipt of the transaction.
    pub receipt: TransactionReceipt,
}

impl<'client> Staking<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the stake of `account` (`getStakeInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getStakeInfo")]
    pub async fn stake_of(self, account: Address) -> Result<Stake, ChainError> {
        self.reader.read(self.contract(), global_staking::stake(account)).await
    }

    /// Returns the stake that `account` has allocated to the subnet (`getSubnetAllocation`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getSubnetAllocation")]
    pub async fn allocation(
        self,
        account: Address,
        netuid: NetUid,
    ) -> Result<Allocation, ChainError> {
        self.reader.read(self.contract(), global_staking::allocation(account, netuid)).await
    }

    /// Returns the stake that `account` can allocate or withdraw (`getAvailableStake`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getAvailableStake")]
    pub async fn available(self, account: Address) -> Result<Amount, ChainError> {
        self.reader.read(self.contract(), global_staking::available(account)).await
    }

    /// Returns `true` if `account` can allocate `amount` more (`canAllocateToSubnet`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "canAllocateToSubnet")]
    pub async fn can_allocate(self, account: Address, amount: Amount) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), global_staking::can_allocate(account, amount)).await
    }

    /// Returns `true` if `account` can pay `cost` out of its stake (`canPayRegistrationCost`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "canPayRegistrationCost")]
    pub async fn can_pay_registration(
        self,
        account: Address,
        cost: Amount,
    ) -> Result<bool, ChainError> {
        self.reader.read(self.contract(), global_staking::can_pay_registration(account, cost)).await
    }

    /// Stakes `amount`, wrapping HETU and approving as needed (`addGlobalStake`).
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`].
    #[doc(alias = "addGlobalStake")]
    #[expect(clippy::should_implement_trait, reason = "stake is added, handles are not")]
    pub fn add(self, amount: Amount) -> ContractCall<'client> {
        let payer = Payer { reader: self.reader, settings: self.settings };
        let payment = ready(Ok(Payment::Whetu(amount)));
        payer.funded(self.write(global_staking::add(amount)), self.contract(), payment)
    }

    /// Withdraws `amount` of unallocated stake as WHETU (`removeGlobalStake`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `INSUFFICIENT_STAKE` or `AMOUNT_NOT_AVAILABLE`.
    #[doc(alias = "removeGlobalStake")]
    pub fn remove(self, amount: Amount) -> ContractCall<'client> {
        self.write(global_staking::remove(amount))
    }

    /// Sets the stake allocated to the subnet to exactly `amount` (`allocateToSubnet`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_AMOUNT` or `INSUFFICIENT_AVAILABLE_STAKE`.
    #[doc(alias = "allocateToSubnet")]
    pub fn allocate(self, netuid: NetUid, amount: Amount) -> ContractCall<'client, Reallocation> {
        self.write(global_staking::allocate(netuid, amount)).returning(reallocated)
    }

    /// Sets the allocation like [`Staking::allocate`], unless `amount` is below `minimum`
    /// (`allocateToSubnetWithMinThreshold`). Only authorised callers can do this.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `UNAUTHORIZED_CALLER` or `AllocationBelowThreshold`, and the
    /// errors of [`Staking::allocate`].
    #[doc(alias = "allocateToSubnetWithMinThreshold")]
    pub fn allocate_with_minimum(
        self,
        netuid: NetUid,
        amount: Amount,
        minimum: Amount,
    ) -> ContractCall<'client, Reallocation> {
        self.write(global_staking::allocate_with_minimum(netuid, amount, minimum))
            .returning(reallocated)
    }

    /// Reduces the stake allocated to the subnet by `amount` (`deallocateFromSubnet`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_AMOUNT` or `INSUFFICIENT_ALLOCATION`.
    #[doc(alias = "deallocateFromSubnet")]
    pub fn deallocate(self, netuid: NetUid, amount: Amount) -> ContractCall<'client, Reallocation> {
        self.write(global_staking::deallocate(netuid, amount)).returning(reallocated)
    }

    /// Sets the stake that `account` allocates to the subnet (`allocateFor`). Only authorised
    /// callers can do this, such as the dendron manager.
    ///
    /// # Errors
    /// [`ChainError::Unsupported`] on the published network; [`ChainError::Reverted`] with
    /// `UNAUTHORIZED_CALLER` or `INSUFFICIENT_AVAILABLE_STAKE`.
    #[doc(alias = "allocateFor")]
    pub fn allocate_for(
        self,
        account: Address,
        netuid: NetUid,
        amount: Amount,
    ) -> ContractCall<'client, Reallocation> {
        self.write(global_staking::allocate_for(account, netuid, amount)).returning(reallocated)
    }

    /// Pays `cost` out of the stake of `account` to the treasury (`chargeRegistrationCost`). Only
    /// authorised callers can do this.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `UNAUTHORIZED_CALLER` or `INSUFFICIENT_AVAILABLE_STAKE`.
    #[doc(alias = "chargeRegistrationCost")]
    pub fn charge_registration(
        self,
        account: Address,
        netuid: NetUid,
        cost: Amount,
    ) -> ContractCall<'client> {
        self.write(global_staking::charge_registration(account, netuid, cost))
    }

    pub(super) fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.contract(), write)
    }

    pub(super) fn contract(self) -> Address {
        self.reader.network().contracts.global_staking
    }
}

fn reallocated(receipt: TransactionReceipt) -> Result<Reallocation, ChainError> {
    let pick = |event: &ChainEvent| match event {
        ChainEvent::Staking(StakingEvent::AllocationChanged { previous, current, .. }) => {
            Some((*previous, *current))
        }
        _ => None,
    };
    let event = "SubnetAllocationChanged";
    let (previous, current) = reported(&receipt, "allocateToSubnet", event, pick)?;
    Ok(Reallocation { previous, current, receipt })
}
