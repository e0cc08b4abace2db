//! The token of a subnet.

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Read, Write, alpha_token, token};
use crate::model::AlphaTokenInfo;
use crate::{Address, Amount, NetUid};

/// A handle of one subnet's `AlphaToken` contract.
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

    /// Returns the subnet.
    pub const fn netuid(self) -> NetUid {
        self.netuid
    }

    /// Returns the address of the token contract.
    pub const fn address(self) -> Address {
        self.address
    }

    /// Returns a summary of the token (`getTokenInfo`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "getTokenInfo")]
    pub async fn info(self) -> Result<AlphaTokenInfo, ChainError> {
        self.read(alpha_token::info()).await
    }

    /// Returns the token balance of `account` (`balanceOf`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "balanceOf")]
    pub async fn balance(self, account: Address) -> Result<Amount, ChainError> {
        self.read(token::balance_of(account)).await
    }

    /// Returns the total supply of the token (`totalSupply`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "totalSupply")]
    pub async fn total_supply(self) -> Result<Amount, ChainError> {
        self.read(token::total_supply()).await
    }

    /// Returns the amount of `owner`'s tokens that `spender` may move (`allowance`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn allowance(self, owner: Address, spender: Address) -> Result<Amount, ChainError> {
        self.read(token::allowance(owner, spender)).await
    }

    /// Returns `true` if `account` may create tokens (`authorized_minters`). The owner of the
    /// subnet adds minters with [`Subnets::add_minter`](crate::client::Subnets::add_minter).
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

    /// Sends tokens of `owner` to `to`, out of an allowance of `owner` (`transferFrom`).
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

    /// Allows `spender` to move up to `amount` of the wallet's tokens (`approve`).
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

    /// Destroys tokens of `holder` (`burn`). The holder itself can do this, and so can minters with
    /// an allowance of the holder. On the published network only minters can, and they need no
    /// allowance.
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
