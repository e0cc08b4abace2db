//! The token of a subnet.

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Read, Write, alpha_token, token};
use crate::model::AlphaTokenInfo;
use crate::{Address, Amount, NetUid};

/// What the `AlphaToken` of one subnet knows and does.
#[derive(Clone, Copy, Debug)]
pub struct AlphaToken<'client> {
    reader: &'client Reader,
    settings: &'client SenderSettings,
    netuid: NetUid,
    address: Address,
}

impl<'client> AlphaToken<'client> {
    pub(super) const fn new(
        reader: &'client Reader,
        settings: &'client SenderSettings,
        netuid: NetUid,
        address: Address,
    ) -> Self {
        Self { reader, settings, netuid, address }
    }

    /// The subnet.
    pub const fn netuid(self) -> NetUid {
        self.netuid
    }

    /// The token's contract.
    pub const fn address(self) -> Address {
        self.address
    }

    /// The token at a glance (`getTokenInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getTokenInfo")]
    pub async fn info(self) -> Result<AlphaTokenInfo, ChainError> {
        self.read(alpha_token::info()).await
    }

    /// How much of it `account` holds (`balanceOf`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "balanceOf")]
    pub async fn balance(self, account: Address) -> Result<Amount, ChainError> {
        self.read(token::balance_of(account)).await
    }

    /// How much of it there is (`totalSupply`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "totalSupply")]
    pub async fn total_supply(self) -> Result<Amount, ChainError> {
        self.read(token::total_supply()).await
    }

    /// How much of `owner`'s tokens `spender` may move (`allowance`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn allowance(self, owner: Address, spender: Address) -> Result<Amount, ChainError> {
        self.read(token::allowance(owner, spender)).await
    }

    /// Whether `account` may create tokens (`authorized_minters`). Minters are named by the owner
    /// of the subnet: [`Subnets::add_minter`](crate::client::Subnets::add_minter).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "authorized_minters")]
    pub async fn is_minter(self, account: Address) -> Result<bool, ChainError> {
        self.read(alpha_token::is_minter(account)).await
    }

    /// Sends tokens to `to` (`transfer`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientBalance`.
    pub fn transfer(self, to: Address, amount: Amount) -> ContractCall<'client> {
        self.write(token::transfer(to, amount))
    }

    /// Sends tokens of `owner`, who allowed it, to `to` (`transferFrom`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientAllowance` or `ERC20InsufficientBalance`.
    #[doc(alias = "transferFrom")]
    pub fn transfer_from(
        self,
        owner: Address,
        to: Address,
        amount: Amount,
    ) -> ContractCall<'client> {
        self.write(token::transfer_from(owner, to, amount))
    }

    /// Lets `spender` move up to `amount` of the wallet's tokens (`approve`).
    ///
    /// # Errors
    /// [`ChainError::NoSigner`], [`ChainError::Rpc`].
    pub fn approve(self, spender: Address, amount: Amount) -> ContractCall<'client> {
        self.write(token::approve(spender, amount))
    }

    /// Creates tokens for `to`, as a minter (`mint`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotMinter`.
    pub fn mint(self, to: Address, amount: Amount) -> ContractCall<'client> {
        self.write(alpha_token::mint(to, amount))
    }

    /// Destroys tokens of `holder` (`burn`): the holder itself may, and minters with its
    /// allowance. On the published network minters alone may, and need no allowance.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `NotMinter`, `ERC20InsufficientAllowance` or
    /// `ERC20InsufficientBalance`.
    pub fn burn(self, holder: Address, amount: Amount) -> ContractCall<'client> {
        self.write(alpha_token::burn(holder, amount))
    }

    async fn read<T>(self, read: Read<T>) -> Result<T, ChainError> {
        self.reader.read(self.address, read).await
    }

    fn write(self, write: Write) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.address, write)
    }
}
