//! Events of `Weights`.

use serde::{Deserialize, Serialize};

use crate::primitives::Bytes32;
use crate::{Address, NetUid};

/// The weight that a validator gives to one dendron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Weight {
    /// The dendron.
    pub dendron: Address,
    /// The weight, of which only the ratio to the other weights matters. Saturated at the maximum
    /// of 128 bits; the contract of this project accepts at most 96 bits, the published one 256.
    pub weight: u128,
}

/// An event of the weights of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightsEvent {
    /// The replacement of a validator's row of weights (`WeightsSet`).
    Set {
        /// The subnet.
        netuid: NetUid,
        /// The validator.
        validator: Address,
        /// The complete row.
        weights: Vec<Weight>,
    },
    /// The commitment of a validator to a row of weights (`WeightsCommitted`; not on the published
    /// network).
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
    /// The reveal of a validator's row, which the [`WeightsEvent::Set`] that follows holds
    /// (`WeightsRevealed`; not on the published network).
    Revealed {
        /// The subnet.
        netuid: NetUid,
        /// The validator.
        validator: Address,
        /// The hash of the row.
        commitment: Bytes32,
        /// The version of the rules by which the validator scored, saturated at the maximum of 64
        /// bits.
        version_key: u64,
    },
    /// A change of the minimum version of the rules (`WeightsVersionKeySet`; not on the published
    /// network).
    VersionKeySet {
        /// The subnet.
        netuid: NetUid,
        /// The previous version, saturated at the maximum of 64 bits.
        previous: u64,
        /// The new version, saturated at the maximum of 64 bits.
        current: u64,
    },
}

impl WeightsEvent {
    /// Returns the subnet.
    pub const fn netuid(&self) -> NetUid {
        match self {
            Self::Set { netuid, .. }
            | Self::Committed { netuid, .. }
            | Self::Revealed { netuid, .. }
            | Self::VersionKeySet { netuid, .. } => *netuid,
        }
    }
}
