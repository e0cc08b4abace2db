//! Asks the chain whether contracts stand by signatures.

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
/// Enough to create an account and verify a P-256 signature in Solidity, and less than what nodes
/// allow for a call.
const GAS: u64 = 10_000_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(30);
/// Number of checks at the same time: an operator's node has other work.
const CHECKS_AT_ONCE: usize = 8;
const MOST_REMEMBERED: usize = 4_096;
/// Bytes of the longest signature that is looked at. With the code that asks it has to stay below
/// the 49,152 bytes of creation code that a node runs (EIP-3860).
const LONGEST_SIGNATURE: usize = 32 << 10;
/// Who asks: an account of no meaning that nobody has the key of. Contracts know that nobody sends
/// transactions from zero, which nodes put in its place, and some then accept any signature.
const ASKER: Address = Address::new(*b"hetu signature check");

/// Asks the nodes of one chain whether accounts are contracts, and contracts whether they stand by
/// a signature (ERC-1271, ERC-6492).
///
/// An account's code is looked up (`eth_getCode`) and what was found is remembered for a while;
/// an answer about a signature and a failure never are. So an account that becomes a contract,
/// say by a delegation under EIP-7702, is still taken for one with a key of its own until that time
/// is over.
///
/// A contract is asked by a single `eth_call` of creation code that comes along with it
/// (`SignatureCheck`), which calls the account with all of its gas but a reserve and looks at no
/// more than it needs of what comes back. Reverting, burning all gas and returning megabytes is
/// "no" like any other, and everything that the node itself reports is
/// [`ContractSignatureError::Unavailable`]: the account cannot make the one look like the other.
/// Signatures of more than 32,768 bytes and malformed wrappers are invalid; the chain is not asked
/// about them.
///
/// Few checks run at once, and one at a time of each [source](ContractSignatureVerifier::check_from). What
/// fails or takes too long does not count against the endpoint that was asked: its cause may be
/// the contract.
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
    /// Reads of the newest block.
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

    /// How long a check takes at most, everything included; 5 seconds by default. After that it is
    /// [`ContractSignatureError::Unavailable`]. One endpoint has a quarter of the time for an answer:
    /// there are two questions, and another endpoint has to have its turn.
    #[must_use]
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// How much gas asking an account may use, its creation and preparation included; 10 million
    /// by default. What needs more is invalid. A node that gives less to a call refuses, or cuts
    /// it short without saying so.
    #[must_use]
    pub fn gas(mut self, limit: u64) -> Self {
        self.gas = limit;
        self
    }

    /// For how long it is remembered whether an account is a contract, and of how many accounts:
    /// the first to be looked up are the first to be forgotten. 30 seconds and 4,096 accounts by
    /// default; zero of either remembers nothing.
    #[must_use]
    pub fn memory(mut self, lifetime: Duration, accounts: usize) -> Self {
        self.remembered_for = lifetime;
        self.kinds = AccountKinds::new(lifetime, accounts);
        self
    }

    /// By which clock that time passes: the operating system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The chain that is asked.
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
            // It was one: a delegation was withdrawn, or another node is behind.
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

    /// What the account is, as far as that is known or can be looked up.
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

    /// Runs creation code of `SignatureCheck`. It answers whatever accounts do, so an error of the
    /// node is the node's.
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

    /// How long one of the two questions may take.
    fn call_limit(&self) -> Duration {
        self.deadline / 2
    }

    /// Runs `check` when it is its turn, all within the deadline.
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
