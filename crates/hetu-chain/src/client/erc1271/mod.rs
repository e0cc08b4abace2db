//! Verification of contract signatures by calls of the chain.

mod kinds;
mod lookups;
mod turns;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::json;
use tokio::time::timeout;

use super::reader::Reader;
use crate::abi::signature_check::{SignatureAnswer, bare_check, signature_answer, wrapped_check};
use crate::abi::{MalformedWrapper, WrappedSignature};
use crate::future::ReadyOrBoxed;
use crate::identity::{
    AccountSignature, CheckSource, ContractSignatureError, ContractSignatureVerifier,
};
use crate::rpc::{BlockRef, CallRequest, HexBytes, Quantity, RpcError, RpcFailure};
use crate::text::ForeignError;
use crate::{Address, Amount, ChainId, Clock, SystemClock};
use kinds::{AccountKind, AccountKinds};
use lookups::Lookups;
use turns::CheckTurns;

const DEADLINE: Duration = Duration::from_secs(5);
/// The gas limit of a check. It is enough to create an account and verify a P-256 signature in
/// Solidity, and less than the limit of nodes for a call.
const GAS: u64 = 10_000_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(30);
/// The number of concurrent checks. It is small because an operator's node has other work.
const CHECKS_AT_ONCE: usize = 8;
const MOST_REMEMBERED: usize = 4_096;
/// The longest signature that is checked, in bytes. With the code of the check it has to stay below
/// the 49,152 bytes of creation code that a node runs (EIP-3860).
const LONGEST_SIGNATURE: usize = 32 << 10;
/// The sender of the checks, an arbitrary account with an unknown key. Without a sender, nodes use
/// the zero address. Some contracts know that the zero address sends no transactions, and then
/// accept any signature.
const ASKER: Address = Address::new(*b"hetu signature check");

/// A verifier of contract signatures (ERC-1271, ERC-6492) on one chain.
///
/// The verifier reads an account's code (`eth_getCode`) and caches whether the account is a
/// contract. It never caches a signature result or a failure. An account that becomes a contract,
/// for example by a delegation under EIP-7702, is therefore treated as an account with its own key
/// until the cache entry expires.
///
/// A contract is called in a single `eth_call` of creation code (`SignatureCheck`), which is sent
/// with the call. This code calls the account with all of its gas except for a reserve, and reads
/// only the necessary part of the returned data. A contract that reverts, uses all gas or returns
/// megabytes has rejected the signature. Every error of the node itself is
/// [`ContractSignatureError::Unavailable`]. An account cannot make a rejection look like a node
/// error, or the reverse. Signatures of more than 32,768 bytes and malformed wrappers are invalid
/// without a call of the chain.
///
/// The number of concurrent checks is limited, with one at a time for each
/// [source](ContractSignatureVerifier::check_from). Failures and timeouts do not count against the
/// endpoint, because the contract may have caused them.
///
/// ```no_run
/// use std::time::Duration;
/// use hetu_chain::{Address, Hetutensor, identity::{AccountSignature, ContractSignatureVerifier, personal_message_hash}};
///
/// # async fn example(
/// #     hetu: Hetutensor, account: Address, signature: &[u8],
/// # ) -> Result<(), hetu_chain::identity::ContractSignatureError> {
/// let judge = hetu.erc1271_verifier().deadline(Duration::from_secs(2));
/// match judge.check(account, personal_message_hash(b"hello"), signature).await? {
///     AccountSignature::Valid => println!("the contract {account} stands by it"),
///     AccountSignature::NotAContract => println!("the key of {account} has to have made it"),
///     _ => println!("not signed by {account}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Erc1271Verifier {
    /// The reader of the latest block.
    reader: Reader,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    gas: u64,
    remembered_for: Duration,
    kinds: AccountKinds,
    lookups: Lookups,
    turns: CheckTurns,
}

impl Erc1271Verifier {
    pub(super) fn new(reader: &Reader) -> Self {
        Self {
            reader: reader.at(BlockRef::Latest),
            clock: Arc::new(SystemClock),
            deadline: DEADLINE,
            gas: GAS,
            remembered_for: REMEMBERED_FOR,
            kinds: AccountKinds::new(REMEMBERED_FOR, MOST_REMEMBERED),
            lookups: Lookups::default(),
            turns: CheckTurns::new(CHECKS_AT_ONCE),
        }
    }

    /// Sets the time limit of a whole check. The default is 5 seconds. A check that exceeds it
    /// fails with [`ContractSignatureError::Unavailable`]. Each endpoint has a quarter of the limit
    /// for an answer, because a check makes two requests and has to leave time for a second
    /// endpoint.
    #[must_use]
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// Sets the gas limit of a call of an account, including its creation and preparation. The
    /// default is 10 million. A signature that needs more gas is invalid. A node with a lower gas
    /// limit for calls returns an error, or stops the call early without an error.
    #[must_use]
    pub fn gas(mut self, limit: u64) -> Self {
        self.gas = limit;
        self
    }

    /// Sets for how long, and for how many accounts, the verifier caches whether an account is a
    /// contract. The oldest entries are removed first. The defaults are 30 seconds and 4,096
    /// accounts. Zero for either disables the cache.
    #[must_use]
    pub fn memory(mut self, lifetime: Duration, accounts: usize) -> Self {
        self.remembered_for = lifetime;
        self.kinds = AccountKinds::new(lifetime, accounts);
        self
    }

    /// Sets the clock of the cache. The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the id of the chain.
    pub fn chain_id(&self) -> ChainId {
        self.reader.network().chain_id
    }

    async fn check_bare(
        &self,
        account: Address,
        hash: [u8; 32],
        signature: &[u8],
    ) -> Result<AccountSignature, ContractSignatureError> {
        if self.kind_of(account).await? == AccountKind::OwnKey {
            return Ok(AccountSignature::NotAContract);
        }
        Ok(match self.ask(bare_check(account, hash, signature)).await? {
            SignatureAnswer::Yes => AccountSignature::Valid,
            SignatureAnswer::No => AccountSignature::Invalid,
            // The account was a contract: a delegation was withdrawn, or another node lags behind.
            SignatureAnswer::NoCode => {
                self.kinds.forget(account);
                AccountSignature::NotAContract
            }
        })
    }

    async fn check_wrapped(
        &self,
        account: Address,
        hash: [u8; 32],
        wrapped: WrappedSignature,
    ) -> Result<AccountSignature, ContractSignatureError> {
        Ok(match self.ask(wrapped_check(account, hash, wrapped)).await? {
            SignatureAnswer::Yes => AccountSignature::Valid,
            SignatureAnswer::No | SignatureAnswer::NoCode => AccountSignature::Invalid,
        })
    }

    /// Returns the kind of the account from the cache or from the chain.
    async fn kind_of(&self, account: Address) -> Result<AccountKind, ContractSignatureError> {
        if let Some(kind) = self.known_kind(account) {
            return Ok(kind);
        }
        let lookup = self
            .lookups
            .join(account, || look_up(self.reader.clone(), account, self.call_limit()).boxed());
        let kind = lookup.await?;
        self.kinds.learn(account, kind, self.clock.unix_time());
        Ok(kind)
    }

    fn known_kind(&self, account: Address) -> Option<AccountKind> {
        self.kinds.get(account, self.clock.unix_time())
    }

    /// Runs creation code of `SignatureCheck`. This code returns for every behaviour of an account,
    /// so an error comes from the node.
    async fn ask(&self, code: Vec<u8>) -> Result<SignatureAnswer, ContractSignatureError> {
        let call = CallRequest {
            from: Some(ASKER),
            to: None,
            data: HexBytes(code),
            value: Amount::ZERO,
            gas: Some(Quantity(self.gas)),
        };
        let params = vec![json!(call), json!(BlockRef::Latest)];
        let answer =
            self.reader.transport().read_aside(self.call_limit(), "eth_call", params).await;
        let HexBytes(returned) = answer.map_err(unavailable)?;
        signature_answer(&returned).ok_or_else(|| ContractSignatureError::Unavailable {
            reason: format!("a node ran SignatureCheck and returned {} bytes", returned.len())
                .into(),
        })
    }

    /// Returns the time limit of one of the two requests.
    fn call_limit(&self) -> Duration {
        self.deadline / 2
    }

    /// Runs `check` in its turn, within the deadline.
    async fn in_turn(
        &self,
        source: Option<CheckSource>,
        check: impl Future<Output = Result<AccountSignature, ContractSignatureError>>,
    ) -> Result<AccountSignature, ContractSignatureError> {
        let limit = self.deadline;
        let in_turn = async {
            let _turn = self.turns.turn(source).await?;
            check.await
        };
        timeout(limit, in_turn).await.unwrap_or_else(|_| {
            Err(ContractSignatureError::Unavailable {
                reason: format!("no answer within {limit:?}").into(),
            })
        })
    }
}

impl ContractSignatureVerifier for Erc1271Verifier {
    fn check<'a>(
        &'a self,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        self.checked(None, account, hash, signature)
    }

    fn check_from<'a>(
        &'a self,
        source: CheckSource,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        self.checked(Some(source), account, hash, signature)
    }
}

impl Erc1271Verifier {
    fn checked<'a>(
        &'a self,
        source: Option<CheckSource>,
        account: Address,
        hash: [u8; 32],
        signature: &'a [u8],
    ) -> ReadyOrBoxed<'a, Result<AccountSignature, ContractSignatureError>> {
        if signature.len() > LONGEST_SIGNATURE {
            return ReadyOrBoxed::ready(Ok(AccountSignature::Invalid));
        }
        match WrappedSignature::unwrap(signature) {
            Some(Err(MalformedWrapper)) => ReadyOrBoxed::ready(Ok(AccountSignature::Invalid)),
            Some(Ok(wrapped)) => ReadyOrBoxed::boxed(
                self.in_turn(source, self.check_wrapped(account, hash, wrapped)),
            ),
            None if self.known_kind(account) == Some(AccountKind::OwnKey) => {
                ReadyOrBoxed::ready(Ok(AccountSignature::NotAContract))
            }
            None => {
                ReadyOrBoxed::boxed(self.in_turn(source, self.check_bare(account, hash, signature)))
            }
        }
    }
}

impl fmt::Debug for Erc1271Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Erc1271Verifier")
            .field("reader", &self.reader)
            .field("clock", &self.clock)
            .field("deadline", &self.deadline)
            .field("gas", &self.gas)
            .field("remembered_for", &self.remembered_for)
            .finish_non_exhaustive()
    }
}

async fn look_up(
    reader: Reader,
    account: Address,
    limit: Duration,
) -> Result<AccountKind, ContractSignatureError> {
    let params = vec![json!(account), json!(BlockRef::Latest)];
    let code = reader.transport().read_aside(limit, "eth_getCode", params).await;
    let HexBytes(code) = code.map_err(unavailable)?;
    Ok(if code.is_empty() { AccountKind::OwnKey } else { AccountKind::Contract })
}

fn unavailable(failure: RpcFailure) -> ContractSignatureError {
    ContractSignatureError::Unavailable { reason: ForeignError::new(RpcError::from(failure)) }
}
