//! Events of `Weights`.

use serde::{Deserialize, Serialize};

use crate::primitives::Bytes32;
use crate::{Address, NetUid};

/// What a validator thinks of one dendron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Weight {
    /// The dendron.
    pub dendron: Address,
    /// The weight, of which only the proportion to the others matters. Held at the largest
    /// 128-bit number; our contract takes no more than 96 bits, the published one 256.
    pub weight: u128,
}

/// What happened to the weights of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightsEvent {
    /// A validator replaced its row (`WeightsSet`).
    Set {
        /// The subnet.
        netuid: NetUid,
        /// The validator.
        validator: Address,
        /// The whole row.
        weights: Vec<Weight>,
    },
    /// A validator committed to a row (`WeightsCommitted`; not on the published network).
    Committed {
        /// The subnet.
        netuid: NetUid,
        /// The validator.
        validator: Address,
        /// The hash of the row.
        commitment: Bytes32,
        /// The first block in which it can be revealed.
        reveal_from: u64,
        /// The last block in which it can be revealed.
        reveal_until: u64,
    },
    /// A validator revealed its row, which [`WeightsEvent::Set`] then holds (`WeightsRevealed`;
    /// not on the published network).
    Revealed {
        /// The subnet.
        netuid: NetUid,
        /// The validator.
        validator: Address,
        /// The hash of the row.
        commitment: Bytes32,
        /// The version of the rules by which it judged, held at the largest 64-bit number.
        version_key: u64,
    },
    /// The least version of the rules changed (`WeightsVersionKeySet`; not on the published
    /// network).
    VersionKeySet {
        /// The subnet.
        netuid: NetUid,
        /// Until now, held at the largest 64-bit number.
        previous: u64,
        /// From now on, held at the largest 64-bit number.
        current: u64,
    },
}

impl WeightsEvent {
    /// The subnet.
    pub const fn netuid(&self) -> NetUid {
        match self {
            Self::Set { netuid, .. }
            | Self::Committed { netuid, .. }
            | Self::Revealed { netuid, .. }
            | Self::VersionKeySet { netuid, .. } => *netuid,
        }
    }
}
