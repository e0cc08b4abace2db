//! Changes of contracts that take effect only after a delay.

use std::time::Duration;

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Read, Write, timelock};
use crate::model::{Proposal, ProposalState, TimelockRole};
use crate::primitives::Bytes32;
use crate::{Address, Amount};

/// A handle of a `HetuTimelock`, or of any OpenZeppelin `TimelockController`.
///
/// The calls of a proposal are created from the calls that other handles return:
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

    /// Returns the address of the timelock contract.
    pub const fn address(self) -> Address {
        self.address
    }

    /// Returns the minimum delay from scheduling to execution (`getMinDelay`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getMinDelay")]
    pub async fn min_delay(self) -> Result<Duration, ChainError> {
        self.read(timelock::min_delay()).await.map(Duration::from_secs)
    }

    /// Returns the id of the proposal (`hashOperation`, `hashOperationBatch`). It is computed
    /// locally.
    #[doc(alias = "hashOperation")]
    #[doc(alias = "hashOperationBatch")]
    pub fn id_of(self, proposal: &Proposal) -> Bytes32 {
        timelock::id(proposal)
    }

    /// Returns the state of the proposal (`getOperationState`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getOperationState")]
    pub async fn state(self, id: Bytes32) -> Result<ProposalState, ChainError> {
        self.read(timelock::state(id)).await
    }

    /// Returns the time from which the proposal can be executed, in seconds since 1970
    /// (`getTimestamp`). Returns `None` if the proposal was not scheduled, or was already executed.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getTimestamp")]
    pub async fn ready_at(self, id: Bytes32) -> Result<Option<u64>, ChainError> {
        const EXECUTED: u64 = 1;
        let time = self.read(timelock::timestamp(id)).await?;
        Ok((time > EXECUTED).then_some(time))
    }

    /// Returns `true` if `account` has `role` (`hasRole`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "hasRole")]
    pub async fn has_role(self, role: TimelockRole, account: Address) -> Result<bool, ChainError> {
        self.read(timelock::has_role(role, account)).await
    }

    /// Schedules the proposal for execution after `delay`, in whole seconds (`schedule`,
    /// `scheduleBatch`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount`,
    /// `TimelockInsufficientDelay` or `TimelockUnexpectedOperationState`.
    #[doc(alias = "scheduleBatch")]
    pub fn schedule(self, proposal: &Proposal, delay: Duration) -> ContractCall<'client> {
        self.write(timelock::schedule(proposal, delay.as_secs()))
    }

    /// Makes the calls of a proposal that is ready (`execute`, `executeBatch`), with the HETU that
    /// they send.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `TimelockUnexpectedOperationState`,
    /// `TimelockUnexecutedPredecessor`, `AccessControlUnauthorizedAccount`, or the reason of a
    /// refused call.
    #[doc(alias = "executeBatch")]
    pub fn execute(self, proposal: &Proposal) -> ContractCall<'client> {
        let value = proposal.calls.iter().map(|call| call.value).sum::<Amount>();
        self.write(timelock::execute(proposal)).paying(value)
    }

    /// Cancels a proposal that was not executed (`cancel`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount` or
    /// `TimelockUnexpectedOperationState`.
    pub fn cancel(self, id: Bytes32) -> ContractCall<'client> {
        self.write(timelock::cancel(id))
    }

    /// Grants a role to `account` (`grantRole`). Only the timelock itself can do this, by a
    /// proposal.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount`.
    #[doc(alias = "grantRole")]
    pub fn grant_role(self, role: TimelockRole, account: Address) -> ContractCall<'client> {
        self.write(timelock::grant_role(role, account))
    }

    /// Revokes a role of `account` (`revokeRole`). Only the timelock itself can do this, by a
    /// proposal.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlUnauthorizedAccount`.
    #[doc(alias = "revokeRole")]
    pub fn revoke_role(self, role: TimelockRole, account: Address) -> ContractCall<'client> {
        self.write(timelock::revoke_role(role, account))
    }

    /// Renounces a role of `account`, which has to be the wallet's own account (`renounceRole`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `AccessControlBadConfirmation`.
    #[doc(alias = "renounceRole")]
    pub fn renounce_role(self, role: TimelockRole, account: Address) -> ContractCall<'client> {
        self.write(timelock::renounce_role(role, account))
    }

    /// Changes the minimum delay, in whole seconds (`updateDelay`). Only the timelock itself can do
    /// this, by a proposal.
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
