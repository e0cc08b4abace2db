//! HETU, the coin of the chain, and WHETU, the same as an ERC-20 token.

use super::{ChainError, Hetutensor};
use crate::abi::{Write, token};
use crate::model::Receipt;
use crate::{Address, Amount};

/// Balances and movements of HETU and WHETU.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'client> {
    hetu: &'client Hetutensor,
}

impl<'client> Tokens<'client> {
    pub(super) const fn new(hetu: &'client Hetutensor) -> Self {
        Self { hetu }
    }

    /// The HETU that `account` holds.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn balance(self, account: Address) -> Result<Amount, ChainError> {
        self.hetu.native_balance(account).await
    }

    /// The WHETU that `account` holds (`balanceOf`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn wrapped_balance(self, account: Address) -> Result<Amount, ChainError> {
        self.hetu.read(self.whetu(), token::balance_of(account)).await
    }

    /// How much of `owner`'s WHETU `spender` may move (`allowance`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn allowance(self, owner: Address, spender: Address) -> Result<Amount, ChainError> {
        self.hetu.read(self.whetu(), token::allowance(owner, spender)).await
    }

    /// Sends HETU to `to`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] if the balance does not cover amount and gas.
    pub async fn transfer(self, to: Address, amount: Amount) -> Result<Receipt, ChainError> {
        let plain = Write { function: "transfer".into(), data: Vec::new() };
        self.hetu.write(to, plain, amount).await
    }

    /// Sends WHETU to `to` (`transfer`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientBalance`.
    pub async fn transfer_wrapped(
        self,
        to: Address,
        amount: Amount,
    ) -> Result<Receipt, ChainError> {
        self.hetu.write(self.whetu(), token::transfer(to, amount), Amount::ZERO).await
    }

    /// Turns HETU into WHETU (`deposit`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_DEPOSIT`.
    pub async fn wrap(self, amount: Amount) -> Result<Receipt, ChainError> {
        self.hetu.write(self.whetu(), token::deposit(), amount).await
    }

    /// Turns WHETU back into HETU (`withdraw`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_WITHDRAWAL` or `INSUFFICIENT_BALANCE`.
    pub async fn unwrap(self, amount: Amount) -> Result<Receipt, ChainError> {
        self.hetu.write(self.whetu(), token::withdraw(amount), Amount::ZERO).await
    }

    /// Lets `spender` move up to `amount` of the wallet's WHETU (`approve`).
    ///
    /// # Errors
    /// [`ChainError::NoSigner`], [`ChainError::Rpc`].
    pub async fn approve(self, spender: Address, amount: Amount) -> Result<Receipt, ChainError> {
        self.hetu.write(self.whetu(), token::approve(spender, amount), Amount::ZERO).await
    }

    /// Makes sure that `spender` can take `amount` of WHETU: wraps what is missing, and approves
    /// exactly `amount` unless at least that is approved already.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`] if HETU and WHETU together are too little.
    pub async fn provide(self, spender: Address, amount: Amount) -> Result<(), ChainError> {
        let account = self.hetu.address()?;
        let wrapped = self.wrapped_balance(account).await?;
        let missing = amount.saturating_sub(wrapped);
        if !missing.is_zero() {
            let held = self.balance(account).await?;
            if held < missing {
                let held = held.saturating_add(wrapped);
                return Err(ChainError::InsufficientFunds { account, held, needed: amount });
            }
            self.wrap(missing).await?;
        }
        if self.allowance(account, spender).await? < amount {
            self.approve(spender, amount).await?;
        }
        Ok(())
    }

    fn whetu(self) -> Address {
        self.hetu.network().contracts.whetu
    }
}
