//! Changes that are announced before they take effect.

use std::time::Duration;

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Read, Write, timelock};
use crate::model::{Proposal, ProposalState, TimelockRole};
use crate::primitives::Bytes32;
use crate::{Address, Amount};

/// What a `HetuTimelock`, or any OpenZeppelin `TimelockController`, knows and does.
///
/// The calls of a proposal are made of what other handles return:
///
/// ```no_run
/// # use std::time::Duration;
/// # use hetu_chain::{Address, ChainError, Hetutensor, model::Proposal, primitives::Bytes32};
/// # async fn example(hetu: &Hetutensor, address: Address, treasury: Address) -> Result<(), ChainError> {
/// let change = hetu.governance().set_treasury(treasury).as_proposed();
/// let proposal = Proposal { calls: change.into_iter().collect(), ..Proposal::default() };
/// let timelock = hetu.governance().timelock(address);
/// timelock.schedule(&proposal, timelock.min_delay().await?).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Timelock<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
    address: Address,
}

impl<'client> Timelock<'client> {
    pub(super) const fn new(
        reader: &'client Reader,
        settings: &'client SenderSettings,
        address: Address,
    ) -> Self {
        Self { reader, settings, address }
    }

    /// The timelock's contract.
    pub const fn address(self) -> Address {
        self.address
    }

    /// The least time from scheduling to execution (`getMinDelay`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getMinDelay")]
    pub async fn min_delay(self) -> Result<Duration, ChainError> {
        self.read(timelock::min_delay()).await.map(Duration::from_secs)
    }

    /// What names the proposal (`hashOperation`, `hashOperationBatch`). Computed here.
    #[doc(alias = "hashOperation")]
    #[doc(alias = "hashOperationBatch")]
    pub fn id_of(self, proposal: &Proposal) -> Bytes32 {
        timelock::id(proposal)
    }

    /// What became of the proposal (`getOperationState`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getOperationState")]
    pub async fn state(self, id: Bytes32) -> Result<ProposalState, ChainError> {
        self.read(timelock::state(id)).await
    }

    /// From when on the proposal can be executed, in seconds since 1970 (`getTimestamp`); nothing
    /// unless it was scheduled and not executed.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getTimestamp")]
    pub async fn ready_at(self, id: Bytes32) -> Result<Option<u64>, ChainError> {
        const EXECUTED: u64 = 1;
        let time = self.read(timelock::timestamp(id)).await?;
        Ok((time > EXECUTED).then_some(time))
    }

    /// Whether `account` has `role` (`hasRole`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "hasRole")]
    pub async fn has_role(self, role: TimelockRole, account: Address) -> Result<bool, ChainError> {
        self.read(timelock::has_role(role, account)).await
    }

    /// Announces the proposal, to be executed after `delay`, in whole seconds (`schedule`,
    /// `scheduleBatch`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount`,
    /// `TimelockInsufficientDelay` or `TimelockUnexpectedOperationState`.
    #[doc(alias = "scheduleBatch")]
    pub fn schedule(self, proposal: &Proposal, delay: Duration) -> ContractCall<'client> {
        self.write(timelock::schedule(proposal, delay.as_secs()))
    }

    /// Makes the calls of a proposal that is ready (`execute`, `executeBatch`), sending along the
    /// HETU that they send.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `TimelockUnexpectedOperationState`,
    /// `TimelockUnexecutedPredecessor`, `AccessControlUnauthorizedAccount`, or what a call was
    /// refused with.
    #[doc(alias = "executeBatch")]
    pub fn execute(self, proposal: &Proposal) -> ContractCall<'client> {
        let value = proposal.calls.iter().map(|call| call.value).sum::<Amount>();
        self.write(timelock::execute(proposal)).paying(value)
    }

    /// Withdraws a proposal that was not executed (`cancel`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount` or
    /// `TimelockUnexpectedOperationState`.
    pub fn cancel(self, id: Bytes32) -> ContractCall<'client> {
        self.write(timelock::cancel(id))
    }

    /// Gives `account` a role (`grantRole`): the timelock itself may, by a proposal.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount`.
    #[doc(alias = "grantRole")]
    pub fn grant_role(self, role: TimelockRole, account: Address) -> ContractCall<'client> {
        self.write(timelock::grant_role(role, account))
    }

    /// Takes a role from `account` (`revokeRole`): the timelock itself may, by a proposal.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount`.
    #[doc(alias = "revokeRole")]
    pub fn revoke_role(self, role: TimelockRole, account: Address) -> ContractCall<'client> {
        self.write(timelock::revoke_role(role, account))
    }

    /// Gives up a role of `account`, which has to be the wallet's own (`renounceRole`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlBadConfirmation`.
    #[doc(alias = "renounceRole")]
    pub fn renounce_role(self, role: TimelockRole, account: Address) -> ContractCall<'client> {
        self.write(timelock::renounce_role(role, account))
    }

    /// Changes the least delay, in whole seconds (`updateDelay`): the timelock itself may, by a
    /// proposal.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `TimelockUnauthorizedCaller`.
    #[doc(alias = "updateDelay")]
    pub fn update_delay(self, delay: Duration) -> ContractCall<'client> {
        self.write(timelock::update_delay(delay.as_secs()))
    }

    async fn read<T>(self, read: Read<T>) -> Result<T, ChainError> {
        self.reader.read(self.address, read).await
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.address, write)
    }
}
