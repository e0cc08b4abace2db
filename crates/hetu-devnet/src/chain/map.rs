//! The persistent map of the chain's state.

use alloy_primitives::map::foldhash::fast::RandomState;
use rpds::HashTrieMapSync;

/// A map that shares its unchanged parts with its clones.
pub(crate) type Map<K, V> = HashTrieMapSync<K, V, RandomState>;
