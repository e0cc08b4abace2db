//! Identifiers of chains, subnets and blocks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::primitives::BlockHash;

/// An EVM chain id (EIP-155).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainId(u64);

impl ChainId {
    /// Creates the id with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number of the chain.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for ChainId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The number of a subnet. The first subnet of a network is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetUid(u16);

impl NetUid {
    /// Creates the id with this number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Returns the number of the subnet.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl From<u16> for NetUid {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl FromStr for NetUid {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for NetUid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A block in one history: its height, and the hash that distinguishes it from other blocks of that
/// height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockId {
    /// Height of the block.
    pub number: u64,
    /// Hash of the block's header.
    pub hash: BlockHash,
}

impl fmt::Display for BlockId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.number, self.hash)
    }
}
