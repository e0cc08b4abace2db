//! Reasons for which a transaction or a call is refused before it runs.
//!
//! The messages are those of go-ethereum, because clients distinguish the cases by them.

use alloy_primitives::{Address, U256};
use revm::context_interface::result::InvalidTransaction;

use super::unsaved::UnsavedChange;

/// Maximum length of creation code in a transaction (EIP-3860), in bytes.
pub(crate) const INIT_CODE_LIMIT: usize = revm::primitives::eip3860::MAX_INITCODE_SIZE;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TransactionRefusal {
    #[error("rlp: {0}")]
    Undecodable(String),
    #[error("typed transaction too short")]
    TooShort,
    #[error("transaction type not supported")]
    TypeNotSupported,
    #[error("only replay-protected (EIP-155) transactions allowed over RPC")]
    NotReplayProtected,
    #[error("invalid chain id for signer: have {have} want {want}")]
    ChainId { have: u64, want: u64 },
    #[error("invalid sender")]
    Sender,
    #[error("sender not an eoa: address {0}")]
    SenderHasCode(Address),
    #[error("already known")]
    AlreadyKnown,
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow { next: u64, nonce: u64 },
    #[error("nonce too high: next nonce {next}, tx nonce {nonce}")]
    NonceTooHigh { next: u64, nonce: u64 },
    #[error("nonce has max value")]
    NonceMax,
    #[error("replacement transaction underpriced")]
    ReplacementUnderpriced,
    #[error("txpool is full")]
    PoolFull,
    #[error("transaction underpriced: the pool is full, and what waits pays as much or more")]
    Underpriced,
    #[error("account limit exceeded: {limit} transactions wait behind a gap in the nonces")]
    AccountLimit { limit: usize },
    #[error("oversized data: transaction size {size}, limit {limit}")]
    Oversized { size: usize, limit: usize },
    #[error("exceeds block gas limit")]
    BlockGasLimit,
    #[error("max initcode size exceeded: limit {limit}")]
    InitCodeSize { limit: usize },
    #[error("intrinsic gas too low: gas {gas}, minimum needed {needed}")]
    IntrinsicGas { gas: u64, needed: u64 },
    #[error("insufficient gas for floor data gas cost: gas {gas}, minimum needed {needed}")]
    FloorGas { gas: u64, needed: u64 },
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFeeCap,
    #[error("max fee per gas less than block base fee")]
    FeeCapTooLow,
    #[error(
        "insufficient funds for gas * price + value: balance {balance}, tx cost {cost}, overshot {}",
        cost.saturating_sub(*balance)
    )]
    InsufficientFunds { balance: U256, cost: U256 },
    #[error(
        "insufficient funds for gas * price + value: balance {balance}, queued cost {queued}, tx cost {cost}, overshot {}",
        queued.saturating_add(*cost).saturating_sub(*balance)
    )]
    Overdrawn { balance: U256, queued: U256, cost: U256 },
    #[error(
        "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified: name one of the two"
    )]
    TwoFeeStyles,
    #[error(
        "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass transaction call data"
    )]
    TwoInputs,
    #[error("invalid code: {0}")]
    Code(String),
    #[error(transparent)]
    Unsaved(#[from] UnsavedChange),
    #[error("{0}")]
    Other(String),
}

impl From<InvalidTransaction> for TransactionRefusal {
    fn from(error: InvalidTransaction) -> Self {
        match error {
            InvalidTransaction::NonceTooLow { tx, state } => {
                Self::NonceTooLow { next: state, nonce: tx }
            }
            InvalidTransaction::NonceTooHigh { tx, state } => {
                Self::NonceTooHigh { next: state, nonce: tx }
            }
            InvalidTransaction::NonceOverflowInTransaction => Self::NonceMax,
            InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
                Self::InsufficientFunds { balance: *balance, cost: *fee }
            }
            InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
                Self::IntrinsicGas { gas: gas_limit, needed: initial_gas }
            }
            InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
                Self::FloorGas { gas: gas_limit, needed: gas_floor }
            }
            InvalidTransaction::CreateInitCodeSizeLimit => {
                Self::InitCodeSize { limit: INIT_CODE_LIMIT }
            }
            InvalidTransaction::CallerGasLimitMoreThanBlock => Self::BlockGasLimit,
            InvalidTransaction::PriorityFeeGreaterThanMaxFee => Self::TipAboveFeeCap,
            InvalidTransaction::GasPriceLessThanBasefee => Self::FeeCapTooLow,
            other => Self::Other(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_begin_as_clients_expect() {
        let funds =
            TransactionRefusal::InsufficientFunds { balance: U256::from(1), cost: U256::from(3) };
        assert_eq!(
            funds.to_string(),
            "insufficient funds for gas * price + value: balance 1, tx cost 3, overshot 2"
        );
        let nonce = TransactionRefusal::from(InvalidTransaction::NonceTooLow { tx: 3, state: 5 });
        assert_eq!(nonce.to_string(), "nonce too low: next nonce 5, tx nonce 3");
    }
}
