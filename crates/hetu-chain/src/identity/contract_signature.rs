//! The trait of verifiers that ask the chain whether a contract accepts a signature.

use std::fmt;
use std::net::IpAddr;

use crate::future::ReadyOrBoxed;
use crate::primitives::keccak256;
use crate::text::ForeignError;
use crate::{Address, Retryability, Retryable};

/// A verifier, on one chain, of signatures by accounts that may be contracts.
///
/// The order of the checks is that of ERC-6492, and no check falls back to another one:
///
/// 1. A signature that ends in the 32 bytes of `0x6492…6492` is a wrapper of ERC-6492, for any
///    account: the contract verifies the wrapped signature. If the contract does not exist yet, it
///    is created for the duration of the call.
/// 2. An account with code is a contract, also if its key delegated to code under EIP-7702. Its
///    `isValidSignature` of ERC-1271 decides. The key, if there is one, has no influence.
/// 3. Any other account has a key, and the caller verifies strictly that the key signed:
///    [`AccountSignature::NotAContract`].
///
/// A failed lookup is an error. It is never reported as a valid or an invalid signature.
pub trait ContractSignatureVerifier: fmt::Debug + Send + Sync {
    /// Asks whether `account` accepts `signature` over `hash`. The hash is verified unchanged: the
    /// caller has hashed and prefixed the message (ERC-191 for a signed request).
    ///
    /// The signature is untrusted and may have any length and content.
    ///
    /// Cancel safety: dropping the future only drops the query; no state changes.
    fn check<'a>(
        &'a self,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>>;

    /// Checks a signature like [`check`](Self::check), for a message that came from `source`. A
    /// verifier with costs for each answer can limit them by source, which is the only known
    /// property of the unauthenticated sender.
    ///
    /// The default implementation ignores the source.
    fn check_from<'a>(
        &'a self,
        source: CheckSource,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        let _ = source;
        self.check(account, hash, signature)
    }
}

/// The origin of a message, by which a [`ContractSignatureVerifier`] distinguishes senders: an
/// opaque key, for example of the sender's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckSource([u8; 32]);

impl CheckSource {
    /// Creates the source with the name `key`.
    pub fn of(key: &[u8]) -> Self {
        Self(keccak256(key))
    }
}

impl From<IpAddr> for CheckSource {
    /// Creates the source of an address: the whole 64-bit network for IPv6, because one peer
    /// usually has a whole one, and the address itself for IPv4.
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of(&address.octets()),
            IpAddr::V6(address) => Self::of(&address.octets()[..8]),
        }
    }
}

/// The result of a [`ContractSignatureVerifier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountSignature {
    /// A signature that the contract accepts.
    Valid,
    /// A signature that the contract does not accept: the contract returns another value than the
    /// 32 bytes of ERC-1271, reverts, runs out of gas, or cannot be created as the wrapper
    /// specifies.
    Invalid,
    /// An account without code, and a signature without a wrapper: the signature was not verified.
    /// It is valid if the key of the account made it, which the caller has to verify.
    NotAContract,
}

/// The reason for which a signature could not be verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractSignatureError {
    /// A failed query of the chain, or an implausible answer. The signature is neither accepted nor
    /// refused: the same query may succeed later.
    #[error("the chain could not be asked about the account: {reason}")]
    Unavailable {
        /// The cause, an [`RpcError`](crate::rpc::RpcError) if a node failed.
        #[source]
        reason: ForeignError,
    },
}

impl Retryable for ContractSignatureError {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Unavailable { .. } => Retryability::Retryable,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Waits for the second poll before it answers.
    #[derive(Debug)]
    struct Slow;

    impl ContractSignatureVerifier for Slow {
        fn check<'a>(
            &'a self,
            _: Address,
            _: [u8; 32],
            signature: &'a [u8],
        ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
            let mut is_polled = false;
            ReadyOrBoxed::boxed(std::future::poll_fn(move |_| {
                if std::mem::replace(&mut is_polled, true) {
                    let is_empty = signature.is_empty();
                    let reason = "nothing was signed".into();
                    return Poll::Ready(if is_empty {
                        Err(ContractSignatureError::Unavailable { reason })
                    } else {
                        Ok(AccountSignature::Valid)
                    });
                }
                Poll::Pending
            }))
        }
    }

    fn polled(
        check: &mut ReadyOrBoxed<'_, Result<AccountSignature, ContractSignatureError>>,
    ) -> Poll<Result<AccountSignature, ContractSignatureError>> {
        Pin::new(check).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn source_of_address_is_its_network() {
        let source = |address: &str| CheckSource::from(address.parse::<IpAddr>().unwrap());
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert_eq!(source("192.0.2.1"), source("::ffff:192.0.2.1"));
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::2"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
    }

    #[test]
    fn an_answer_may_be_there_at_once() {
        let mut check = ReadyOrBoxed::ready(Ok(AccountSignature::NotAContract));
        assert_eq!(polled(&mut check), Poll::Ready(Ok(AccountSignature::NotAContract)));
    }

    #[test]
    fn an_answer_may_be_waited_for_through_a_trait_object() {
        let judge: Arc<dyn ContractSignatureVerifier> = Arc::new(Slow);
        let signature = [1];
        let mut check = judge.check(Address::ZERO, [0; 32], &signature);
        assert_eq!(polled(&mut check), Poll::Pending);
        assert_eq!(polled(&mut check), Poll::Ready(Ok(AccountSignature::Valid)));

        let mut check = judge.check(Address::ZERO, [0; 32], &[]);
        assert_eq!(polled(&mut check), Poll::Pending);
        let Poll::Ready(Err(error)) = polled(&mut check) else { panic!("an error is expected") };
        assert!(error.retryability().is_retryable());
        assert!(error.to_string().ends_with("nothing was signed"), "{error}");
    }
}
