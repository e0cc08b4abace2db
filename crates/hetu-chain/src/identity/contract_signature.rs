//! The trait behind which someone asks the chain whether a contract stands by a signature.

use std::fmt;
use std::net::IpAddr;

use crate::future::ReadyOrBoxed;
use crate::primitives::keccak256;
use crate::text::ForeignError;
use crate::{Address, Retryability, Retryable};

/// The judge of signatures of accounts that may be contracts, on one chain.
///
/// The order in which it looks is that of ERC-6492, and nothing falls back on anything else:
///
/// 1. A signature that ends in the 32 bytes of `0x6492…6492` is a wrapper of ERC-6492, whatever
///    the account is: the contract judges what is wrapped, created for the length of the call if
///    it is not there yet.
/// 2. An account with code is a contract; so is one whose key delegated to code under EIP-7702.
///    Its `isValidSignature` of ERC-1271 judges, and its key, if there is one, has no say.
/// 3. Any other account has a key, and who asked verifies strictly that it signed:
///    [`AccountSignature::NotAContract`].
///
/// What cannot be looked up is an error, never an answer: neither a valid signature nor an invalid
/// one.
pub trait ContractSignatureVerifier: fmt::Debug + Send + Sync {
    /// Asks whether `account` stands by `signature` over `hash`, which is signed as it stands: who
    /// asks has hashed and prefixed it (ERC-191 for a signed request).
    ///
    /// The signature may have any length and content: it comes from whoever sent it.
    ///
    /// Cancel safety: dropping the future only drops the question; nothing is changed anywhere.
    fn check<'a>(
        &'a self,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>>;

    /// As [`check`](Self::check), for a message that came from `source`. A verifier that spends
    /// something on an answer can bound it by source: nothing else is known of who sent it.
    ///
    /// Without an implementation of its own it checks without regard to the source.
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

/// The origin of a message, for a [`ContractSignatureVerifier`] to tell origins apart: an opaque key, such as
/// of the address that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckSource([u8; 32]);

impl CheckSource {
    /// The source that `key` names.
    pub fn of(key: &[u8]) -> Self {
        Self(keccak256(key))
    }
}

impl From<IpAddr> for CheckSource {
    /// The source of an address: a whole network of 64 bits for IPv6, as one peer commonly has
    /// one, and the address itself for IPv4.
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of(&address.octets()),
            IpAddr::V6(address) => Self::of(&address.octets()[..8]),
        }
    }
}

/// What a [`ContractSignatureVerifier`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountSignature {
    /// The contract says that the signature is its own.
    Valid,
    /// The signature is not the contract's: it says no, reverts, runs out of gas, returns anything
    /// but the 32 bytes that ERC-1271 asks for, or cannot be created as the wrapper says.
    Invalid,
    /// The account has no code and the signature is no wrapper: nothing has been said of the
    /// signature. It is the account's own if its key made it, which the caller has to verify.
    NotAContract,
}

/// Why it is not known whether an account stands by a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractSignatureError {
    /// The chain could not be asked, or what came back cannot be the truth. The signature is
    /// neither accepted nor refused: the same question may be answered later.
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
