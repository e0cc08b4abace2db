//! Payments that contracts take from a wallet, and the calls required before them.

use super::error::ChainError;
use super::reader::Reader;
use super::sending::{ContractCall, SenderSettings};
use crate::abi::{token, whetu};
use crate::{Address, Amount};

/// A token amount that a contract is about to take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payment {
    /// WHETU. If there is too little, HETU is wrapped.
    Whetu(Amount),
    /// The token at this address, of which the account has to hold enough.
    Token { token: Address, amount: Amount },
}

/// A builder of the calls that enable a contract to take a payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payer<'client> {
    pub(super) reader: &'client Reader,
    pub(super) settings: &'client SenderSettings,
}

impl<'client> Payer<'client> {
    /// Ensures before `call` that `spender` can take `payment` from the wallet.
    pub(super) fn funded<T>(
        self,
        call: ContractCall<'client, T>,
        spender: Address,
        payment: impl Future<Output = Result<Payment, ChainError>> + Send + 'client,
    ) -> ContractCall<'client, T> {
        call.prepared_by(move |account| async move {
            self.missing_for(account, spender, payment.await?).await
        })
    }

    /// Returns the calls that enable `spender` to take `payment` from `account`. Approves exactly
    /// the payment, unless the existing allowance is sufficient.
    pub(super) async fn missing_for(
        self,
        account: Address,
        spender: Address,
        payment: Payment,
    ) -> Result<Vec<ContractCall<'client>>, ChainError> {
        match payment {
            Payment::Whetu(amount) => {
                let mut calls = self.missing_whetu(account, amount).await?;
                let whetu = self.reader.network().contracts.whetu;
                calls.extend(self.missing_approval(whetu, account, spender, amount).await?);
                Ok(calls)
            }
            Payment::Token { token, amount } => Ok(self
                .missing_approval(token, account, spender, amount)
                .await?
                .into_iter()
                .collect()),
        }
    }

    async fn missing_whetu(
        self,
        account: Address,
        amount: Amount,
    ) -> Result<Vec<ContractCall<'client>>, ChainError> {
        let whetu = self.reader.network().contracts.whetu;
        let wrapped = self.reader.read(whetu, token::balance_of(account)).await?;
        let missing = amount.saturating_sub(wrapped);
        if missing.is_zero() {
            return Ok(Vec::new());
        }
        let held = self.reader.native_balance(account).await?;
        if held < missing {
            let held = held.saturating_add(wrapped);
            return Err(ChainError::InsufficientFunds { account, held, needed: amount });
        }
        Ok(vec![ContractCall::new(self.settings, whetu, whetu::deposit()).paying(missing)])
    }

    async fn missing_approval(
        self,
        token: Address,
        account: Address,
        spender: Address,
        amount: Amount,
    ) -> Result<Option<ContractCall<'client>>, ChainError> {
        let allowed = self.reader.read(token, token::allowance(account, spender)).await?;
        let approval = || ContractCall::new(self.settings, token, token::approve(spender, amount));
        Ok((allowed < amount).then(approval))
    }
}
