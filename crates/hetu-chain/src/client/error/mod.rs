//! Errors of the chain client.

mod fee_ledger;
mod journal;
mod violation;

pub use fee_ledger::FeeLedgerError;
pub use journal::JournalError;
pub use violation::PolicyViolation;

use std::time::Duration;

use crate::abi::Revert;
use crate::identity::SignerError;
use crate::model::Contract;
use crate::network::NetworkError;
use crate::primitives::BlockHash;
use crate::rpc::{RpcError, RpcFailure};
use crate::text::ForeignError;
use crate::{Address, Amount, ChainId, NetUid, Retryability, Retryable, TxHash};

/// An error of reading or changing the chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A node did not answer, or its answer is invalid.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The network is unknown, or its configuration is invalid.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The signer refused or is unreachable.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The node's chain id is not that of the network.
    #[error(
        "the node is on chain {actual} where network {network} is chain {expected}: \
         check the endpoint"
    )]
    WrongChain {
        /// The selected network.
        network: String,
        /// The chain id of the network.
        expected: ChainId,
        /// The chain id of the node.
        actual: ChainId,
    },
    /// The node has no first block that identifies its chain.
    #[error("the node of network {network} has neither block 0 nor block 1")]
    NoGenesis {
        /// The network.
        network: String,
    },
    /// The node serves another chain than before, for example a restarted development chain. No
    /// transaction was signed or sent.
    #[error(
        "the node of network {network} serves another chain than before: its first block is \
         {actual} and was {expected}"
    )]
    OtherGenesis {
        /// The network.
        network: String,
        /// The first block of the chain at connection time.
        expected: BlockHash,
        /// The current first block of the node.
        actual: BlockHash,
    },
    /// There is no contract at the network's address of it.
    #[error("no {contract} contract at {address}: check the addresses of network {network}")]
    NoContract {
        /// The selected network.
        network: String,
        /// The contract's name.
        contract: &'static str,
        /// The address in the network's configuration.
        address: Address,
    },
    /// A transaction was requested without a wallet.
    #[error("no wallet: call with_wallet or with_signer before changing the chain")]
    NoSigner,
    /// There is no subnet with this number.
    #[error("there is no subnet {0}: subnets are numbered from 1 as they are registered")]
    NoSubnet(NetUid),
    /// The contract reverted the call. The state did not change.
    #[error("{function} was refused: {revert}")]
    Reverted {
        /// The contract function.
        function: String,
        /// The reason of the revert.
        revert: Revert,
    },
    /// The network's configuration has no such contract.
    #[error("network {network} has no {contract}: if it does, add its address to the network")]
    NotDeployed {
        /// The network.
        network: String,
        /// The contract.
        contract: Contract,
    },
    /// The network's contract has no such function, because it is one of the first published
    /// contracts. The state did not change.
    #[error("the {contract} of this network does not have {function}: it is an older contract")]
    Unsupported {
        /// The contract.
        contract: Contract,
        /// The missing function.
        function: String,
    },
    /// The price exceeds the limit of the caller.
    #[error("the price is {price} HETU, more than the {limit} HETU allowed: allow more, or wait")]
    TooExpensive {
        /// The current price.
        price: Amount,
        /// The caller's limit.
        limit: Amount,
    },
    /// The balance of the account is too low.
    #[error("{account} holds {held} HETU and needs {needed} HETU: fund it, or spend less")]
    InsufficientFunds {
        /// The account.
        account: Address,
        /// The balance.
        held: Amount,
        /// The required balance.
        needed: Amount,
    },
    /// The spend policy of this client refused the call. No transaction was signed or sent.
    #[error("the spend policy refuses: {0}")]
    Policy(#[from] PolicyViolation),
    /// The journal cannot be used. No unrecorded transaction was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The daily fee count cannot be used. No transaction was signed or sent.
    #[error(transparent)]
    FeeLedger(#[from] FeeLedgerError),
    /// The caller's fee, or the fee of a replacement, is below the required fee. No transaction was
    /// sent.
    #[error(
        "{offered} HETU for a unit of gas is too little: {needed} HETU are asked for; raise \
         max_fee_per_gas or wait"
    )]
    FeeTooLow {
        /// The maximum price that the transaction offers.
        offered: Amount,
        /// The required price.
        needed: Amount,
    },
    /// The call needs more gas than a block has. No transaction was sent.
    #[error("{function} needs {needed} gas, and a block has {limit}: make it do less at once")]
    TooMuchGas {
        /// The contract function.
        function: String,
        /// The gas that the call needs.
        needed: u64,
        /// The gas limit of a block.
        limit: u64,
    },
    /// The node accepted none of several nonces, because other programs send for the account at the
    /// same time. No transaction was sent.
    #[error("{account} is used by others at the same time: no nonce was free in {attempts} tries")]
    NonceContention {
        /// The account.
        account: Address,
        /// The number of nonces tried.
        attempts: usize,
    },
    /// No node accepts an earlier transaction in the journal, and later transactions would wait for
    /// it. No transaction was sent.
    #[error(
        "transaction {transaction} of nonce {nonce} has to be included first, and no node takes \
         it ({reason}): replace or cancel it"
    )]
    Blocked {
        /// The earlier transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
        /// The cause.
        #[source]
        reason: ForeignError,
    },
    /// The transaction was sent, but not confirmed within the deadline. It may still be included.
    #[error(
        "transaction {transaction} was not confirmed within {waited:?}{}; it still may be: wait \
         for it, replace it or cancel it, but do not send it anew",
        because(reason.as_ref())
    )]
    Unconfirmed {
        /// The transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
        /// The time waited.
        waited: Duration,
        /// The obstacle, or `None` if it is unknown.
        #[source]
        reason: Option<ForeignError>,
    },
    /// The transaction waits for an earlier nonce that no transaction uses. It can be included once
    /// another transaction uses that nonce.
    #[error(
        "transaction {transaction} of nonce {nonce} waits for nonce {missing}, which no \
         transaction has"
    )]
    NonceGap {
        /// The transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
        /// The missing nonce.
        missing: u64,
    },
    /// The connection failed while the transaction was sent, and no node confirms that it has the
    /// transaction. It may be under way.
    #[error(
        "transaction {transaction} may have been sent: {source}; look it up before sending another"
    )]
    Uncertain {
        /// The transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
        /// The failure.
        source: RpcError,
    },
    /// A block includes another transaction with the same nonce, so this one cannot be included and
    /// has no effect. Another program uses the same key.
    #[error(
        "transaction {transaction} lost its nonce {nonce} to another of the same account: it did \
         nothing; see what the other did before sending it anew"
    )]
    Replaced {
        /// The transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
    },
    /// The transaction was cancelled before a block included it. It has no effect.
    #[error("transaction {transaction} was cancelled by {by}: it did nothing")]
    Cancelled {
        /// The transaction.
        transaction: TxHash,
        /// The transaction that used its nonce.
        by: TxHash,
    },
    /// The nodes and the journal do not know the transaction, or it belongs to another account.
    #[error("transaction {transaction} of {account} is not known to the nodes or the journal")]
    UnknownTransaction {
        /// The transaction.
        transaction: TxHash,
        /// The expected account.
        account: Address,
    },
    /// The runtime stopped while a transaction was sent. The transaction may have been sent.
    #[error("the runtime stopped while {function} was sent: look into the journal")]
    Interrupted {
        /// The contract function.
        function: String,
    },
    /// A contract returned data or emitted a log that does not match its ABI.
    #[error("{function} answered with something else: {reason}")]
    Malformed {
        /// The contract function.
        function: String,
        /// A description of the mismatch.
        #[source]
        reason: ForeignError,
    },
}

impl ChainError {
    /// Returns the same error, or [`ChainError::Unsupported`] if the contract `only_ours` did not
    /// know the function.
    pub(in crate::client) fn or_unsupported(self, only_ours: Option<Contract>) -> Self {
        match (only_ours, self) {
            (Some(contract), Self::Reverted { function, revert }) if revert.is_empty() => {
                Self::Unsupported { contract, function }
            }
            (_, error) => error,
        }
    }

    /// Returns `true` if a contract reverted with exactly this reason.
    pub fn is_revert(&self, reason: &str) -> bool {
        matches!(self, Self::Reverted { revert, .. } if revert.is_reason(reason))
    }
}

impl Retryable for ChainError {
    /// Returns `Final` for a transaction that may have been sent, because a retry could pay twice.
    fn retryability(&self) -> Retryability {
        match self {
            Self::Rpc(error) => error.retryability(),
            Self::Signer(error) => error.retryability(),
            Self::Policy(violation) => violation.retryability(),
            Self::Journal(error) => error.retryability(),
            Self::FeeLedger(error) => error.retryability(),
            Self::FeeTooLow { .. } | Self::NonceContention { .. } => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}

fn because(reason: Option<&ForeignError>) -> String {
    reason.map_or_else(String::new, |reason| format!(" ({reason})"))
}

impl From<RpcFailure> for ChainError {
    fn from(failure: RpcFailure) -> Self {
        Self::Rpc(failure.into())
    }
}
