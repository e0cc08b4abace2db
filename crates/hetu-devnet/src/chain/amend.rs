//! Account changes without a transaction.

use alloy_primitives::Address;

use super::Chain;
use super::state::Amendment;
use super::unsaved::UnsavedChange;

/// Error of an account change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmendError {
    /// The nonce is below the current one. With a reused nonce, a transaction could be mined twice.
    #[error("the nonce is {current} already: a smaller one than that cannot be set")]
    NonceUsed { current: u64 },
    #[error(transparent)]
    Unsaved(#[from] UnsavedChange),
}

impl Chain {
    /// Changes an account in the state after the latest block, without mining one.
    pub(crate) fn amend(&self, address: Address, amendment: Amendment) -> Result<(), AmendError> {
        let mut writer = self.writer();
        let mut state = writer.view.head().state.clone();
        if let Amendment::Nonce(nonce) = amendment {
            let current = state.nonce(&address);
            if nonce < current {
                return Err(AmendError::NonceUsed { current });
            }
            writer.view.pool.remove_before(&address, nonce);
        }
        state.amend(address, amendment);
        writer.view.amend_head(state);
        Ok(self.settle(&mut writer)?)
    }
}
