//! Events of `WHETU` and of the `AlphaToken` of each subnet.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, NetUid};

/// Which token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Token {
    /// Wrapped HETU.
    Whetu,
    /// The token of this subnet.
    Alpha(NetUid),
}

/// What happened to tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenEvent {
    /// Tokens moved (`Transfer`): from the zero address when they are created, to it when they
    /// are destroyed.
    Transferred {
        /// Which.
        token: Token,
        /// Who held them.
        from: Address,
        /// Who holds them now.
        to: Address,
        /// How much.
        amount: Amount,
    },
    /// Somebody may move somebody else's tokens (`Approval`).
    Approved {
        /// Which.
        token: Token,
        /// Who holds them.
        owner: Address,
        /// Who may move them.
        spender: Address,
        /// How much at most.
        amount: Amount,
    },
    /// HETU became WHETU (`Deposit`).
    Wrapped {
        /// Whose.
        account: Address,
        /// How much.
        amount: Amount,
    },
    /// WHETU became HETU (`Withdrawal`).
    Unwrapped {
        /// Whose.
        account: Address,
        /// How much.
        amount: Amount,
    },
    /// The domain of WHETU's permits changed (`EIP712DomainChanged`).
    PermitDomainChanged,
    /// Tokens of a subnet were created (`TokensMinted`, beside `Transfer`).
    Minted {
        /// The subnet.
        netuid: NetUid,
        /// Who holds them.
        to: Address,
        /// How much.
        amount: Amount,
    },
    /// Tokens of a subnet were destroyed (`TokensBurned`, beside `Transfer`).
    Burned {
        /// The subnet.
        netuid: NetUid,
        /// Who held them.
        from: Address,
        /// How much.
        amount: Amount,
    },
    /// Somebody may create tokens of a subnet (`MinterAdded`).
    MinterAdded {
        /// The subnet.
        netuid: NetUid,
        /// Who.
        minter: Address,
    },
    /// Somebody may not any more (`MinterRemoved`).
    MinterRemoved {
        /// The subnet.
        netuid: NetUid,
        /// Who.
        minter: Address,
    },
    /// The first minter was named (`MinterChanged`).
    MinterReplaced {
        /// The subnet.
        netuid: NetUid,
        /// Until now.
        previous: Address,
        /// From now on.
        current: Address,
    },
}

impl TokenEvent {
    /// The subnet whose token it is about; nothing for WHETU.
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
