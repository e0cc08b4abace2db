//! The cryptographic check of a signature.

use std::time::Duration;

use hetu_chain::identity::{AccountSignature, ContractSignatureVerifier, recover_address};
use hetu_chain::{Address, Signature};

use super::claim::{BoundClaim, ClaimProof, ClaimedSigner};
use crate::session::unknown_session;
use crate::{Reason, Refusal, ReplayGuard, Sessions, WorkCount};

/// Time after which a contract may be checked on the chain again.
const CONTRACT_RETRY: Duration = Duration::from_secs(1);

impl BoundClaim<'_> {
    /// Checks that the claimed signer made the signature over the request, and records that it was
    /// used.
    pub(super) async fn prove(
        &self,
        contracts: Option<&dyn ContractSignatureVerifier>,
        sessions: Option<&Sessions>,
        guard: &ReplayGuard,
        work: &mut WorkCount,
    ) -> Result<(), Refusal> {
        let identity = &self.identity;
        match &identity.signer {
            ClaimedSigner::Account => {
                self.prove_account(contracts, work).await?;
                let (created, expires) = (identity.created, identity.expires);
                guard.consume(identity.account, &identity.nonce, created, expires).await
            }
            ClaimedSigner::Session { session, sequence } => {
                guard.check_window(identity.created, identity.expires)?;
                if !matches!(self.proof, ClaimProof::Session { is_right: true }) {
                    let detail = "the session did not make this signature over this request";
                    return Err(Refusal::new(Reason::BadSignature, detail));
                }
                let sessions = sessions.ok_or_else(unknown_session)?;
                sessions.use_number(session, *sequence).await
            }
        }
    }

    /// Checks the signature with the contract if the account is one, and otherwise only with the
    /// account's own key (ERC-8128, section 3.4).
    async fn prove_account(
        &self,
        contracts: Option<&dyn ContractSignatureVerifier>,
        work: &mut WorkCount,
    ) -> Result<(), Refusal> {
        let ClaimProof::Account { hash, signature } = &self.proof else {
            return Err(bad_signature());
        };
        let Some(contracts) = contracts else {
            return if is_wrapped(signature) {
                Err(Refusal::new(
                    Reason::UnsupportedAccount,
                    "signatures of contract accounts are not accepted here",
                ))
            } else {
                self.prove_by_own_key(work)
            };
        };
        let account = self.identity.account.address;
        let check = match self.source {
            Some(source) => contracts.check_from(source, account, *hash, signature),
            None => contracts.check(account, *hash, signature),
        };
        match check.await {
            Ok(AccountSignature::Valid) => Ok(()),
            Ok(AccountSignature::NotAContract) => self.prove_by_own_key(work),
            Ok(_) => Err(bad_signature()),
            Err(_) => Err(Refusal::new(
                Reason::SignatureVerificationUnavailable,
                "the chain cannot be asked about the account for now",
            )
            .with_retry_after(CONTRACT_RETRY)),
        }
    }

    /// Checks that the account's own key made the signature. A contract has no key.
    pub(super) fn prove_by_own_key(&self, work: &mut WorkCount) -> Result<(), Refusal> {
        let ClaimProof::Account { hash, signature } = &self.proof else {
            return Err(bad_signature());
        };
        if is_signed_by(self.identity.account.address, hash, signature, work) {
            Ok(())
        } else {
            Err(bad_signature())
        }
    }
}

/// Returns `true` if the key of `address` made `signature` over `hash`, in the only valid encoding.
pub(crate) fn is_signed_by(
    address: Address,
    hash: &[u8; 32],
    signature: &[u8],
    work: &mut WorkCount,
) -> bool {
    let Ok(signature) = Signature::parse(signature) else { return false };
    work.recoveries += 1;
    recover_address(hash, &signature) == Ok(address)
}

fn bad_signature() -> Refusal {
    Refusal::new(Reason::BadSignature, "the account did not make this signature over this request")
}

/// Returns `true` if a signature contains the deployment of the contract that would check it
/// (ERC-6492).
fn is_wrapped(signature: &[u8]) -> bool {
    const MAGIC: [u8; 2] = [0x64, 0x92];
    signature.last_chunk::<32>().is_some_and(|end| end.chunks(2).all(|pair| pair == MAGIC))
}
