//! What a policy refuses.

use std::time::Duration;

use crate::{Address, Amount, NetUid, Retryability, Retryable};

/// Why the spend policy does not let a transaction be signed. Nothing was signed or sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyViolation {
    /// One transaction would spend too much.
    #[error("it spends {value} HETU where the policy allows {limit} HETU a transaction")]
    Value {
        /// What it would spend.
        value: Amount,
        /// The most that the policy allows.
        limit: Amount,
    },
    /// All transactions together would spend too much.
    #[error(
        "it spends {value} HETU after {spent} HETU, where the policy allows {limit} HETU in \
         {period:?}; wait, or raise the limit"
    )]
    Total {
        /// What it would spend.
        value: Amount,
        /// What was spent within the period.
        spent: Amount,
        /// The most that the policy allows.
        limit: Amount,
        /// The period.
        period: Duration,
    },
    /// Gas costs more than the policy allows.
    #[error("gas costs {fee} HETU a unit where the policy allows {limit} HETU; wait, or raise it")]
    FeePerGas {
        /// What it costs now.
        fee: Amount,
        /// The most that the policy allows.
        limit: Amount,
    },
    /// The gas of one transaction may cost more than its ceiling: that of the policy or the call,
    /// or else that of the network.
    #[error(
        "{gas} gas may cost {fee} HETU where {ceiling} HETU are allowed for a transaction; if the \
         nodes are right, raise it with max_fee (--max-fee)"
    )]
    Fee {
        /// The most that it would cost.
        fee: Amount,
        /// The gas limit of the transaction.
        gas: u64,
        /// The ceiling.
        ceiling: Amount,
    },
    /// The gas of all transactions of the account in 24 hours may cost more than the ceiling for
    /// programs that write unattended.
    #[error(
        "{fee} HETU for gas after {spent} HETU, where {ceiling} HETU are allowed in 24 hours; wait, \
         or raise it with max_daily_fee (--max-daily-fee)"
    )]
    DailyFee {
        /// The most that the transaction would cost.
        fee: Amount,
        /// The most that the transactions of the last 24 hours cost.
        spent: Amount,
        /// The ceiling.
        ceiling: Amount,
    },
    /// The contract or recipient is not on the list.
    #[error("{address} is not among the contracts that the policy allows")]
    Contract {
        /// Who would be called, or get tokens or the right to take them.
        address: Address,
    },
    /// A contract would be created.
    #[error("it creates a contract, which the policy does not allow")]
    Creation,
    /// The subnet is not on the list.
    #[error("subnet {netuid} is not among the subnets that the policy allows")]
    Netuid {
        /// The subnet.
        netuid: NetUid,
    },
    /// A subnet would be registered, which cannot be on the list.
    #[error("it registers a subnet where the policy allows certain subnets only")]
    NewSubnet,
    /// The function is not on the list.
    #[error("{function} is not among the functions that the policy allows")]
    Function {
        /// The function.
        function: String,
    },
    /// What the call does cannot be told, so no limit can be checked.
    #[error("what {function} of {address} does cannot be told, so the policy refuses it")]
    NotUnderstood {
        /// The function's name, or its selector.
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
