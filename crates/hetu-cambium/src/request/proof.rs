//! The cryptographic check of one signature.

use std::time::Duration;

use hetu_chain::{
    AccountSignature, Address, ContractSigner, Signature, personal_message_hash, recover_address,
};

use super::candidate::{ClaimedSignature, ClaimedSigner};
use crate::session::unknown_session;
use crate::{Reason, Refusal, ReplayGuard, Sessions};

/// When it is worth asking the chain again about a contract.
const CONTRACT_RETRY: Duration = Duration::from_secs(1);

impl ClaimedSignature {
    /// Checks that the claimed signer made the signature over the request, and takes note that it
    /// was used.
    pub(super) async fn prove(
        &self,
        contracts: Option<&dyn ContractSigner>,
        sessions: Option<&Sessions>,
        guard: &ReplayGuard,
    ) -> Result<(), Refusal> {
        match &self.signer {
            ClaimedSigner::Account => {
                self.prove_account(contracts).await?;
                guard.consume(self.account, &self.nonce, self.created, self.expires).await
            }
            ClaimedSigner::Session { session, sequence } => {
                guard.check_window(self.created, self.expires)?;
                session.check_code(self.base.as_bytes(), &self.signature)?;
                let sessions = sessions.ok_or_else(unknown_session)?;
                sessions.use_number(session, *sequence).await
            }
        }
    }

    /// A contract's word counts where there is a contract, and the account's own key nowhere else
    /// (ERC-8128, section 3.4).
    async fn prove_account(&self, contracts: Option<&dyn ContractSigner>) -> Result<(), Refusal> {
        let hash = personal_message_hash(self.base.as_bytes());
        let Some(contracts) = contracts else {
            return if is_wrapped(&self.signature) {
                Err(Refusal::new(
                    Reason::UnsupportedAccount,
                    "signatures of contract accounts are not accepted here",
                ))
            } else {
                self.prove_own_key(&hash)
            };
        };
        match contracts.check(self.account.address, hash, &self.signature).await {
            Ok(AccountSignature::Valid) => Ok(()),
            Ok(AccountSignature::NotAContract) => self.prove_own_key(&hash),
            Ok(_) => Err(bad_signature()),
            Err(_) => Err(Refusal::new(
                Reason::SignatureVerificationUnavailable,
                "the chain cannot be asked about the account for now",
            )
            .with_retry_after(CONTRACT_RETRY)),
        }
    }

    /// Checks that the account's own key made the signature. A contract has none.
    pub(super) fn prove_by_own_key(&self) -> Result<(), Refusal> {
        self.prove_own_key(&personal_message_hash(self.base.as_bytes()))
    }

    fn prove_own_key(&self, hash: &[u8; 32]) -> Result<(), Refusal> {
        if is_signed_by(self.account.address, hash, &self.signature) {
            Ok(())
        } else {
            Err(bad_signature())
        }
    }
}

/// Whether the key of `address` made `signature` over `hash`, in the one encoding that is valid.
pub(crate) fn is_signed_by(address: Address, hash: &[u8; 32], signature: &[u8]) -> bool {
    let signature = Signature::parse(signature);
    signature.and_then(|signature| recover_address(hash, &signature)) == Ok(address)
}

fn bad_signature() -> Refusal {
    Refusal::new(Reason::BadSignature, "the account did not make this signature over this request")
}

/// Whether a signature comes with the deployment of the contract that would check it (ERC-6492).
fn is_wrapped(signature: &[u8]) -> bool {
    const MAGIC: [u8; 2] = [0x64, 0x92];
    signature.last_chunk::<32>().is_some_and(|end| end.chunks(2).all(|pair| pair == MAGIC))
}
