//! HETU, the coin of the chain, and WHETU, its wrapped form as an ERC-20 token.

use super::alpha_token::AlphaToken;
use super::error::ChainError;
use super::payment::{Payer, Payment};
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{Write, token, whetu};
use crate::model::TokenLabel;
use crate::{Address, Amount, NetUid};

/// A handle of balances and transfers of HETU and WHETU.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'client> {
    pub(super) reader: &'client Reader,
    pub(super) settings: &'client SenderSettings,
}

impl<'client> Tokens<'client> {
    pub(super) const fn new(reader: &'client Reader, settings: &'client SenderSettings) -> Self {
        Self { reader, settings }
    }

    /// Returns the HETU balance of `account`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn balance(self, account: Address) -> Result<Amount, ChainError> {
        self.reader.native_balance(account).await
    }

    /// Returns the WHETU balance of `account` (`balanceOf`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "balanceOf")]
    pub async fn wrapped_balance(self, account: Address) -> Result<Amount, ChainError> {
        self.reader.read(self.whetu(), token::balance_of(account)).await
    }

    /// Returns the amount of `owner`'s WHETU that `spender` may move (`allowance`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn allowance(self, owner: Address, spender: Address) -> Result<Amount, ChainError> {
        self.reader.read(self.whetu(), token::allowance(owner, spender)).await
    }

    /// Returns the total supply of WHETU (`totalSupply`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "totalSupply")]
    pub async fn wrapped_supply(self) -> Result<Amount, ChainError> {
        self.reader.read(self.whetu(), token::total_supply()).await
    }

    /// Returns the HETU that backs all WHETU (`totalETH`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "totalETH")]
    pub async fn wrapped_backing(self) -> Result<Amount, ChainError> {
        self.reader.read(self.whetu(), whetu::backing()).await
    }

    /// Returns the name, symbol and decimals of the WHETU contract (`name`, `symbol`, `decimals`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "name")]
    #[doc(alias = "symbol")]
    #[doc(alias = "decimals")]
    pub async fn wrapped_label(self) -> Result<TokenLabel, ChainError> {
        let (name, symbol, decimals) = futures_util::try_join!(
            self.reader.read(self.whetu(), token::name()),
            self.reader.read(self.whetu(), token::symbol()),
            self.reader.read(self.whetu(), token::decimals()),
        )?;
        Ok(TokenLabel { name, symbol, decimals })
    }

    /// Returns the handle of the subnet's token.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn alpha(self, netuid: NetUid) -> Result<AlphaToken<'client>, ChainError> {
        let subnet = self.reader.subnet(netuid).await?;
        Ok(AlphaToken::new(self.reader, self.settings, netuid, subnet.alpha_token))
    }

    /// Sends HETU to `to`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] if the balance does not cover the amount and the gas.
    pub fn transfer(self, to: Address, amount: Amount) -> ContractCall<'client> {
        let plain = Write::raw("transfer", Vec::new());
        ContractCall::new(self.settings, to, plain).paying(amount)
    }

    /// Sends WHETU to `to` (`transfer`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientBalance`.
    #[doc(alias = "transfer")]
    pub fn transfer_wrapped(self, to: Address, amount: Amount) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.whetu(), token::transfer(to, amount))
    }

    /// Sends WHETU of `owner` to `to`, out of an allowance of `owner` (`transferFrom`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientAllowance` or `ERC20InsufficientBalance`.
    #[doc(alias = "transferFrom")]
    pub fn transfer_wrapped_from(
        self,
        owner: Address,
        to: Address,
        amount: Amount,
    ) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.whetu(), token::transfer_from(owner, to, amount))
    }

    /// Wraps HETU into WHETU (`deposit`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_DEPOSIT`.
    #[doc(alias = "deposit")]
    pub fn wrap(self, amount: Amount) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.whetu(), whetu::deposit()).paying(amount)
    }

    /// Unwraps WHETU into HETU (`withdraw`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_WITHDRAWAL` or `INSUFFICIENT_BALANCE`.
    #[doc(alias = "withdraw")]
    pub fn unwrap(self, amount: Amount) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.whetu(), whetu::withdraw(amount))
    }

    /// Allows `spender` to move up to `amount` of the wallet's WHETU (`approve`).
    ///
    /// # Errors
    /// [`ChainError::NoSigner`], [`ChainError::Rpc`].
    pub fn approve(self, spender: Address, amount: Amount) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.whetu(), token::approve(spender, amount))
    }

    /// Ensures that `spender` can take `amount` of WHETU. Wraps the missing amount, and approves
    /// exactly `amount` unless the existing allowance is sufficient.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`] if HETU and WHETU together are not sufficient.
    pub async fn provide(self, spender: Address, amount: Amount) -> Result<(), ChainError> {
        let payer = Payer { reader: self.reader, settings: self.settings };
        let account = self.settings.address()?;
        for step in payer.missing_for(account, spender, Payment::Whetu(amount)).await? {
            step.await?;
        }
        Ok(())
    }

    pub(super) fn whetu(self) -> Address {
        self.reader.network().contracts.whetu
    }
}
