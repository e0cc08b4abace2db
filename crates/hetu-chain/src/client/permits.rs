//! Allowances that are granted by signature.

use super::error::ChainError;
use super::sending::ContractCall;
use super::tokens::Tokens;
use crate::abi::whetu;
use crate::identity::SigningRequest;
use crate::model::{Permit, PermitText};
use crate::{Address, Amount};

impl<'client> Tokens<'client> {
    /// Returns the nonce of the next permit of `owner` (`nonces`). Each permit can be used once.
    ///
    /// # Errors
    /// [`ChainError::Rpc`], as for every read.
    #[doc(alias = "nonces")]
    pub async fn permit_nonce(self, owner: Address) -> Result<u64, ChainError> {
        self.reader.read(self.whetu(), whetu::permit_nonce(owner)).await
    }

    /// Signs a permit for `spender` to move `value` of the wallet's WHETU (ERC-2612), without
    /// sending a transaction. Any holder of the permit can submit it until `deadline`, in seconds
    /// since 1970. A spend policy counts it like an approval.
    ///
    /// # Errors
    /// [`ChainError::NoSigner`], [`ChainError::Policy`], [`ChainError::Rpc`];
    /// [`ChainError::Signer`] from every signer that does not sign bare hashes.
    pub async fn sign_permit(
        self,
        spender: Address,
        value: Amount,
        deadline: u64,
    ) -> Result<Permit, ChainError> {
        let signer = self.settings.signer()?;
        let owner = signer.address();
        let allowed = self.approve(spender, value).reserved(owner).await?;
        let nonce = self.permit_nonce(owner).await?;
        let text = PermitText { owner, spender, value, nonce, deadline };
        let hash = text.hash(self.reader.network().chain_id, self.whetu());
        let signature = signer.sign(SigningRequest::Hash(hash)).await?;
        if let Some(allowed) = allowed {
            allowed.keep();
        }
        Ok(Permit { owner, spender, value, deadline, signature })
    }

    /// Submits a permit (`permit`). It sets the owner's allowance, whichever account submits it.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with `ERC2612ExpiredSignature`, or `ERC2612InvalidSigner` if the
    /// permit was already used or was changed.
    #[doc(alias = "permit")]
    pub fn submit_permit(self, permit: &Permit) -> ContractCall<'client> {
        ContractCall::new(self.settings, self.whetu(), whetu::permit(permit))
    }
}
