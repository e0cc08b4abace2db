//! What can go wrong between a program and the chain.

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

/// Why the chain was not read or not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The node at fault did not answer, or not as it should.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The network is not known or its configuration is broken.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The signer refused or cannot be reached.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The node is of another chain than the network names.
    #[error(
        "the node is on chain {actual} where network {network} is chain {expected}: \
         check the endpoint"
    )]
    WrongChain {
        /// The network that was asked for.
        network: String,
        /// Its chain.
        expected: ChainId,
        /// The node's chain.
        actual: ChainId,
    },
    /// The node has no first block to tell its chain by.
    #[error("the node of network {network} has neither block 0 nor block 1")]
    NoGenesis {
        /// The network.
        network: String,
    },
    /// The node serves another chain than before, as a development chain does that was started
    /// again. Nothing was signed or sent.
    #[error(
        "the node of network {network} serves another chain than before: its first block is \
         {actual} and was {expected}"
    )]
    OtherGenesis {
        /// The network.
        network: String,
        /// The first block of the chain that was connected to.
        expected: BlockHash,
        /// The first block that the node has now.
        actual: BlockHash,
    },
    /// There is no contract where the network says.
    #[error("no {contract} contract at {address}: check the addresses of network {network}")]
    NoContract {
        /// The network that was asked for.
        network: String,
        /// The contract's name.
        contract: &'static str,
        /// Where it should be.
        address: Address,
    },
    /// A change was asked for without a wallet.
    #[error("no wallet: call with_wallet or with_signer before changing the chain")]
    NoSigner,
    /// No subnet has this number.
    #[error("there is no subnet {0}: subnets are numbered from 1 as they are registered")]
    NoSubnet(NetUid),
    /// The contract refused. Nothing was changed.
    #[error("{function} was refused: {revert}")]
    Reverted {
        /// The contract function.
        function: String,
        /// Why.
        revert: Revert,
    },
    /// The configuration of the network names no such contract.
    #[error("network {network} has no {contract}: if it does, add its address to the network")]
    NotDeployed {
        /// The network.
        network: String,
        /// The contract.
        contract: Contract,
    },
    /// The network's contract has no such function: it is one of those that were published
    /// first. Nothing was changed.
    #[error("the {contract} of this network does not have {function}: it is an older contract")]
    Unsupported {
        /// The contract.
        contract: Contract,
        /// The function that it lacks.
        function: String,
    },
    /// What is to be paid is more than the caller allowed.
    #[error("the price is {price} HETU, more than the {limit} HETU allowed: allow more, or wait")]
    TooExpensive {
        /// What it costs now.
        price: Amount,
        /// The most the caller would pay.
        limit: Amount,
    },
    /// The account does not hold enough.
    #[error("{account} holds {held} HETU and needs {needed} HETU: fund it, or spend less")]
    InsufficientFunds {
        /// The account.
        account: Address,
        /// What it holds.
        held: Amount,
        /// What it needs.
        needed: Amount,
    },
    /// The spend policy of this client refused. Nothing was signed or sent.
    #[error("the spend policy refuses: {0}")]
    Policy(#[from] PolicyViolation),
    /// The journal cannot be used. Nothing was sent that it does not record.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The count of a day's fees cannot be used. Nothing was signed or sent.
    #[error(transparent)]
    FeeLedger(#[from] FeeLedgerError),
    /// The fee, which the caller set, or which was to replace a lower one, is less than is asked
    /// for. Nothing was sent.
    #[error(
        "{offered} HETU for a unit of gas is too little: {needed} HETU are asked for; raise \
         max_fee_per_gas or wait"
    )]
    FeeTooLow {
        /// The most that the transaction would pay.
        offered: Amount,
        /// What is asked for.
        needed: Amount,
    },
    /// No block is large enough. Nothing was sent.
    #[error("{function} needs {needed} gas, and a block has {limit}: make it do less at once")]
    TooMuchGas {
        /// The contract function.
        function: String,
        /// What it needs.
        needed: u64,
        /// What a block has.
        limit: u64,
    },
    /// The node took none of several nonces, because others send for the account at the same
    /// time. Nothing was sent.
    #[error("{account} is used by others at the same time: no nonce was free in {attempts} tries")]
    NonceContention {
        /// The account.
        account: Address,
        /// How many nonces were tried.
        attempts: usize,
    },
    /// An earlier transaction is in the journal that no node takes any more, and later ones would
    /// wait behind it. Nothing was sent.
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
    /// The transaction was sent, but did not count within the deadline. It still may be included.
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
        /// How long was waited.
        waited: Duration,
        /// What stood in its way, if that is known.
        #[source]
        reason: Option<ForeignError>,
    },
    /// The transaction waits for an earlier nonce that no transaction has. A block includes it as
    /// soon as another transaction takes that nonce.
    #[error(
        "transaction {transaction} of nonce {nonce} waits for nonce {missing}, which no \
         transaction has"
    )]
    NonceGap {
        /// The transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
        /// The nonce that is missing.
        missing: u64,
    },
    /// The connection broke while the transaction was sent, and no node says that it has it. It
    /// may be on its way.
    #[error(
        "transaction {transaction} may have been sent: {source}; look it up before sending another"
    )]
    Uncertain {
        /// The transaction.
        transaction: TxHash,
        /// Its nonce.
        nonce: u64,
        /// What went wrong.
        source: RpcError,
    },
    /// A block includes another transaction with the same nonce: this one never will be, so it
    /// changed nothing. The same key is used elsewhere.
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
    /// The transaction was cancelled before a block included it. It changed nothing.
    #[error("transaction {transaction} was cancelled by {by}: it did nothing")]
    Cancelled {
        /// The transaction.
        transaction: TxHash,
        /// The transaction that took its nonce.
        by: TxHash,
    },
    /// Neither the nodes nor the journal know the transaction, or it is of another account.
    #[error("transaction {transaction} of {account} is not known to the nodes or the journal")]
    UnknownTransaction {
        /// The transaction.
        transaction: TxHash,
        /// The account that it should be of.
        account: Address,
    },
    /// The runtime stopped while a transaction was sent. It may have been.
    #[error("the runtime stopped while {function} was sent: look into the journal")]
    Interrupted {
        /// The contract function.
        function: String,
    },
    /// A contract returned or reported something that its ABI does not say.
    #[error("{function} answered with something else: {reason}")]
    Malformed {
        /// The contract function.
        function: String,
        /// The fault of the answer.
        #[source]
        reason: ForeignError,
    },
}

impl ChainError {
    /// The same, or [`ChainError::Unsupported`] if `only_ours` names a contract that did not know
    /// what it was called with.
    pub(in crate::client) fn or_unsupported(self, only_ours: Option<Contract>) -> Self {
        match (only_ours, self) {
            (Some(contract), Self::Reverted { function, revert }) if revert.is_empty() => {
                Self::Unsupported { contract, function }
            }
            (_, error) => error,
        }
    }

    /// Whether a contract refused with exactly this reason.
    pub fn is_revert(&self, reason: &str) -> bool {
        matches!(self, Self::Reverted { revert, .. } if revert.is_reason(reason))
    }
}

impl Retryable for ChainError {
    /// What may have been sent is final: trying it again could pay twice.
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
