//! Events of `WHETU` and of the `AlphaToken` of each subnet.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// A token of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Token {
    /// The wrapped HETU token.
    Whetu,
    /// The token of this subnet.
    Alpha(NetUid),
}

/// An event of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenEvent {
    /// A transfer of tokens (`Transfer`): from the zero address if they were created, to the zero
    /// address if they were destroyed.
    Transferred {
        /// The token.
        token: Token,
        /// The previous holder.
        from: Address,
        /// The new holder.
        to: Address,
        /// The amount transferred.
        amount: Amount,
    },
    /// The permission for an account to transfer the tokens of another account (`Approval`).
    Approved {
        /// The token.
        token: Token,
        /// The holder of the tokens.
        owner: Address,
        /// The account that may transfer them.
        spender: Address,
        /// The maximum amount.
        amount: Amount,
    },
    /// The wrapping of HETU as WHETU (`Deposit`).
    Wrapped {
        /// The holder.
        account: Address,
        /// The amount wrapped.
        amount: Amount,
    },
    /// The unwrapping of WHETU to HETU (`Withdrawal`).
    Unwrapped {
        /// The holder.
        account: Address,
        /// The amount unwrapped.
        amount: Amount,
    },
    /// A change of the domain of WHETU's permits (`EIP712DomainChanged`).
    PermitDomainChanged,
    /// The creation of tokens of a subnet (`TokensMinted`, beside `Transfer`).
    Minted {
        /// The subnet.
        netuid: NetUid,
        /// The account that received them.
        to: Address,
        /// The amount created.
        amount: Amount,
    },
    /// The destruction of tokens of a subnet (`TokensBurned`, beside `Transfer`).
    Burned {
        /// The subnet.
        netuid: NetUid,
        /// The account that held them.
        from: Address,
        /// The amount destroyed.
        amount: Amount,
    },
    /// The permission for an account to create tokens of a subnet (`MinterAdded`).
    MinterAdded {
        /// The subnet.
        netuid: NetUid,
        /// The account.
        minter: Address,
    },
    /// The end of an account's permission to create tokens of a subnet (`MinterRemoved`).
    MinterRemoved {
        /// The subnet.
        netuid: NetUid,
        /// The account.
        minter: Address,
    },
    /// A change of the first minter of a subnet's token (`MinterChanged`).
    MinterReplaced {
        /// The subnet.
        netuid: NetUid,
        /// The previous minter.
        previous: Address,
        /// The new minter.
        current: Address,
    },
}

impl TokenEvent {
    /// Returns the subnet of the token, or `None` for WHETU.
    pub const fn netuid(&self) -> Option<NetUid> {
        match self {
            Self::Transferred { token: Token::Alpha(netuid), .. }
            | Self::Approved { token: Token::Alpha(netuid), .. }
            | Self::Minted { netuid, .. }
            | Self::Burned { netuid, .. }
            | Self::MinterAdded { netuid, .. }
            | Self::MinterRemoved { netuid, .. }
            | Self::MinterReplaced { netuid, .. } => Some(*netuid),
            _ => None,
        }
    }
}
