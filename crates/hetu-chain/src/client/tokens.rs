//! HETU, the coin of the chain, and WHETU, the same as an ERC-20 token.

use super::{AlphaToken, ChainError, ContractCall, Hetutensor};
use crate::abi::{Write, token, whetu};
use crate::model::TokenLabel;
use crate::{Address, Amount, NetUid};

/// Balances and movements of HETU and WHETU.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'client> {
    pub(super) hetu: &'client Hetutensor,
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

    /// How much WHETU there is (`totalSupply`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn wrapped_supply(self) -> Result<Amount, ChainError> {
        self.hetu.read(self.whetu(), token::total_supply()).await
    }

    /// The HETU that backs all WHETU (`totalETH`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn wrapped_backing(self) -> Result<Amount, ChainError> {
        self.hetu.read(self.whetu(), whetu::backing()).await
    }

    /// What the WHETU contract calls itself (`name`, `symbol`, `decimals`).
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    pub async fn wrapped_label(self) -> Result<TokenLabel, ChainError> {
        let (name, symbol, decimals) = futures_util::try_join!(
            self.hetu.read(self.whetu(), token::name()),
            self.hetu.read(self.whetu(), token::symbol()),
            self.hetu.read(self.whetu(), token::decimals()),
        )?;
        Ok(TokenLabel { name, symbol, decimals })
    }

    /// The token of the subnet.
    ///
    /// # Errors
    /// [`ChainError::NoSubnet`].
    pub async fn alpha(self, netuid: NetUid) -> Result<AlphaToken<'client>, ChainError> {
        let subnet = self.hetu.subnets().info(netuid).await?;
        Ok(AlphaToken::new(self.hetu, netuid, subnet.alpha_token))
    }

    /// Sends HETU to `to`.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] if the balance does not cover amount and gas.
    pub fn transfer(self, to: Address, amount: Amount) -> ContractCall<'client> {
        let plain = Write::raw("transfer", Vec::new());
        self.hetu.call(to, plain).paying(amount)
    }

    /// Sends WHETU to `to` (`transfer`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientBalance`.
    pub fn transfer_wrapped(self, to: Address, amount: Amount) -> ContractCall<'client> {
        self.hetu.call(self.whetu(), token::transfer(to, amount))
    }

    /// Sends WHETU of `owner`, who allowed it, to `to` (`transferFrom`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC20InsufficientAllowance` or `ERC20InsufficientBalance`.
    pub fn transfer_wrapped_from(
        self,
        owner: Address,
        to: Address,
        amount: Amount,
    ) -> ContractCall<'client> {
        self.hetu.call(self.whetu(), token::transfer_from(owner, to, amount))
    }

    /// Turns HETU into WHETU (`deposit`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_DEPOSIT`.
    pub fn wrap(self, amount: Amount) -> ContractCall<'client> {
        self.hetu.call(self.whetu(), whetu::deposit()).paying(amount)
    }

    /// Turns WHETU back into HETU (`withdraw`).
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ZERO_WITHDRAWAL` or `INSUFFICIENT_BALANCE`.
    pub fn unwrap(self, amount: Amount) -> ContractCall<'client> {
        self.hetu.call(self.whetu(), whetu::withdraw(amount))
    }

    /// Lets `spender` move up to `amount` of the wallet's WHETU (`approve`).
    ///
    /// # Errors
    /// [`ChainError::NoSigner`], [`ChainError::Rpc`].
    pub fn approve(self, spender: Address, amount: Amount) -> ContractCall<'client> {
        self.hetu.call(self.whetu(), token::approve(spender, amount))
    }

    /// Makes sure that `spender` can take `amount` of WHETU: wraps what is missing, and approves
    /// exactly `amount` unless at least that is approved already.
    ///
    /// # Errors
    /// [`ChainError::InsufficientFunds`] if HETU and WHETU together are too little.
    pub async fn provide(self, spender: Address, amount: Amount) -> Result<(), ChainError> {
        for step in self.missing(self.hetu.address()?, spender, amount).await? {
            step.await?;
        }
        Ok(())
    }

    /// What has to be done before `spender` can take `amount` of `account`'s WHETU.
    pub(super) async fn missing(
        self,
        account: Address,
        spender: Address,
        amount: Amount,
    ) -> Result<Vec<ContractCall<'client>>, ChainError> {
        let mut steps = Vec::new();
        let wrapped = self.wrapped_balance(account).await?;
        let missing = amount.saturating_sub(wrapped);
        if !missing.is_zero() {
            let held = self.balance(account).await?;
            if held < missing {
                let held = held.saturating_add(wrapped);
                return Err(ChainError::InsufficientFunds { account, held, needed: amount });
            }
            steps.push(self.wrap(missing));
        }
        if self.allowance(account, spender).await? < amount {
            steps.push(self.approve(spender, amount));
        }
        Ok(steps)
    }

    pub(super) fn whetu(self) -> Address {
        self.hetu.network().contracts.whetu
    }
}
