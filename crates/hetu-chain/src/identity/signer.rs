//! The trait behind which a key may be in memory, in a device or on another machine.

use std::fmt;
use std::time::Duration;

use super::{UnsignedTransaction, personal_message_hash};
use crate::future::ReadyOrBoxed;
use crate::text::{ForeignError, ForeignText};
use crate::{Address, Retryability, Retryable, Signature};

/// Someone who can sign for one account.
///
/// A signer is told what it signs, not just its hash, so that a device can show it and a service
/// can have rules about it.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The account that signs.
    fn address(&self) -> Address;

    /// Signs `request` under the account's key.
    ///
    /// Cancel safety: dropping the future leaves no half-made signature behind; a device may
    /// still ask its owner.
    fn sign<'request>(
        &'request self,
        request: SigningRequest<'request>,
    ) -> ReadyOrBoxed<'request, Result<Signature, SignerError>>;
}

/// What is to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningRequest<'request> {
    /// A message under ERC-191, version 0x45 (`personal_sign`): nobody can make a transaction of
    /// its signature.
    PersonalMessage(&'request [u8]),
    /// A transaction.
    Transaction {
        /// What it does.
        transaction: &'request UnsignedTransaction,
        /// The hash of its unsigned encoding.
        hash: [u8; 32],
    },
    /// A hash as it stands: nothing is hashed, prefixed or bound to a domain. Who signs it trusts
    /// its maker with everything the account has; remote signers refuse.
    Hash([u8; 32]),
}

impl SigningRequest<'_> {
    /// The hash that is signed.
    pub fn hash(&self) -> [u8; 32] {
        match self {
            Self::PersonalMessage(message) => personal_message_hash(message),
            Self::Transaction { hash, .. } | Self::Hash(hash) => *hash,
        }
    }
}

/// Why a signer did not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The owner or a policy of the signer said no.
    #[error("the signer refused: {reason}", reason = ForeignText::new(.reason))]
    Refused {
        /// What the signer said.
        reason: String,
    },
    /// The signer cannot sign this kind of thing.
    #[error("the signer does not sign this: {reason}", reason = ForeignText::new(.reason))]
    Unsupported {
        /// What it does not sign, and what can be done.
        reason: String,
    },
    /// The device or service cannot be reached.
    #[error("the signer cannot be reached: {reason}")]
    Unavailable {
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// The device or service did not answer in time. It may still ask its owner.
    #[error("the signer did not answer within {limit:?}: ask again when its owner is there")]
    TimedOut {
        /// How long was waited.
        limit: Duration,
    },
    /// The answer is not a signature of what was asked, by the account that was asked. It was
    /// thrown away.
    #[error("the signer is at fault and was not believed: {reason}")]
    WrongAnswer {
        /// The fault of the answer.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for SignerError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Refused { .. } | Self::Unsupported { .. } | Self::WrongAnswer { .. } => {
                Retryability::Final
            }
            Self::Unavailable { .. } | Self::TimedOut { .. } => Retryability::Retryable,
        }
    }
}
