//! What can go wrong between a program and the chain.

use std::time::Duration;

use crate::abi::Revert;
use crate::model::Contract;
use crate::network::NetworkError;
use crate::rpc::{RpcError, RpcFailure};
use crate::{Address, Amount, ChainId, NetUid, Retryability, SignerError, TxHash};

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
    #[error("there is no subnet {0}")]
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
    #[error("the price is {price} HETU, more than the {limit} HETU allowed")]
    TooExpensive {
        /// What it costs now.
        price: Amount,
        /// The most the caller would pay.
        limit: Amount,
    },
    /// The account does not hold enough.
    #[error("{account} holds {held} HETU and needs {needed} HETU")]
    InsufficientFunds {
        /// The account.
        account: Address,
        /// What it holds.
        held: Amount,
        /// What it needs.
        needed: Amount,
    },
    /// The transaction was sent, but no block had included it in time. It still may be.
    #[error("transaction {transaction} was not included within {waited:?}; it still may be")]
    Unconfirmed {
        /// The transaction.
        transaction: TxHash,
        /// How long was waited.
        waited: Duration,
    },
    /// The connection broke while the transaction was sent. It may be on its way.
    #[error("transaction {transaction} may have been sent: look it up before sending another")]
    Uncertain {
        /// The transaction.
        transaction: TxHash,
        /// What went wrong.
        source: RpcError,
    },
    /// A contract returned or reported something that its ABI does not say.
    #[error("{function} answered with something else: {reason}")]
    Malformed {
        /// The contract function.
        function: String,
        /// What was wrong with it.
        reason: String,
    },
}

impl ChainError {
    /// Whether trying the same again can help and does no harm.
    pub const fn retryability(&self) -> Retryability {
        match self {
            Self::Rpc(error) => error.retryability(),
            Self::Signer(error) => error.retryability(),
            _ => Retryability::Final,
        }
    }

    /// The same, or [`ChainError::Unsupported`] if `only_ours` names a contract that did not know
    /// what it was called with.
    pub(super) fn or_unsupported(self, only_ours: Option<Contract>) -> Self {
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

impl From<RpcFailure> for ChainError {
    fn from(failure: RpcFailure) -> Self {
        Self::Rpc(failure.into())
    }
}
