//! Violations of the spend policy.

use std::time::Duration;

use crate::{Address, Amount, NetUid, Retryability, Retryable};

/// A reason for which the spend policy refuses a transaction. No transaction was signed or sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyViolation {
    /// The spending of one transaction would exceed the limit.
    #[error("it spends {value} HETU where the policy allows {limit} HETU a transaction")]
    Value {
        /// The spending of the transaction.
        value: Amount,
        /// The limit of the policy.
        limit: Amount,
    },
    /// The spending of all transactions would exceed the limit.
    #[error(
        "it spends {value} HETU after {spent} HETU, where the policy allows {limit} HETU in \
         {period:?}; wait, or raise the limit"
    )]
    Total {
        /// The spending of the transaction.
        value: Amount,
        /// The previous spending within the period.
        spent: Amount,
        /// The limit of the policy.
        limit: Amount,
        /// The period.
        period: Duration,
    },
    /// The price of gas exceeds the limit.
    #[error("gas costs {fee} HETU a unit where the policy allows {limit} HETU; wait, or raise it")]
    FeePerGas {
        /// The current price.
        fee: Amount,
        /// The limit of the policy.
        limit: Amount,
    },
    /// The maximum gas cost of one transaction exceeds its ceiling: that of the policy or the call,
    /// or else that of the network.
    #[error(
        "{gas} gas may cost {fee} HETU where {ceiling} HETU are allowed for a transaction; if the \
         nodes are right, raise it with max_fee (--max-fee)"
    )]
    Fee {
        /// The maximum cost of the transaction.
        fee: Amount,
        /// The gas limit of the transaction.
        gas: u64,
        /// The ceiling.
        ceiling: Amount,
    },
    /// The maximum gas cost of all transactions of the account in 24 hours exceeds the ceiling for
    /// programs that send transactions unattended.
    #[error(
        "{fee} HETU for gas after {spent} HETU, where {ceiling} HETU are allowed in 24 hours; wait, \
         or raise it with max_daily_fee (--max-daily-fee)"
    )]
    DailyFee {
        /// The maximum cost of the transaction.
        fee: Amount,
        /// The maximum cost of the transactions of the last 24 hours.
        spent: Amount,
        /// The ceiling.
        ceiling: Amount,
    },
    /// The contract or recipient is not in the list of allowed ones.
    #[error("{address} is not among the contracts that the policy allows")]
    Contract {
        /// The contract to be called, or the account that would receive tokens or the right to take
        /// them.
        address: Address,
    },
    /// The transaction would create a contract.
    #[error("it creates a contract, which the policy does not allow")]
    Creation,
    /// The subnet is not in the list of allowed ones.
    #[error("subnet {netuid} is not among the subnets that the policy allows")]
    Netuid {
        /// The subnet.
        netuid: NetUid,
    },
    /// The call would register a subnet, and a new subnet cannot be in the list.
    #[error("it registers a subnet where the policy allows certain subnets only")]
    NewSubnet,
    /// The function is not in the list of allowed ones.
    #[error("{function} is not among the functions that the policy allows")]
    Function {
        /// The function.
        function: String,
    },
    /// The call cannot be decoded, so no limit can be checked.
    #[error("what {function} of {address} does cannot be told, so the policy refuses it")]
    NotUnderstood {
        /// The function's name or selector.
        function: String,
        /// The contract.
        address: Address,
    },
}

impl Retryable for PolicyViolation {
    fn retryability(&self) -> Retryability {
        match self {
            Self::Total { .. }
            | Self::FeePerGas { .. }
            | Self::Fee { .. }
            | Self::DailyFee { .. } => Retryability::Retryable,
            _ => Retryability::Final,
        }
    }
}
