//! What contracts take from a wallet, and what has to be done before they can.

use super::{ChainError, ContractCall, Hetutensor};
use crate::abi::token;
use crate::{Address, Amount};

/// Tokens that a contract is going to take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payment {
    /// WHETU, for which HETU is wrapped if there is too little.
    Whetu(Amount),
    /// The token at an address, which has to be there.
    Token { token: Address, amount: Amount },
}

impl Hetutensor {
    /// The calls after which `spender` can take `payment` from `account`. What is approved is
    /// exactly what is taken, unless at least that is approved already.
    pub(super) async fn missing_for(
        &self,
        account: Address,
        spender: Address,
        payment: Payment,
    ) -> Result<Vec<ContractCall<'_>>, ChainError> {
        match payment {
            Payment::Whetu(amount) => self.tokens().missing(account, spender, amount).await,
            Payment::Token { token, amount } => {
                let allowed = self.read(token, token::allowance(account, spender)).await?;
                if allowed >= amount {
                    return Ok(Vec::new());
                }
                Ok(vec![self.call(token, token::approve(spender, amount))])
            }
        }
    }
}
