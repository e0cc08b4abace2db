//! The names of keys in Redis.

use hetu_cambium::{AccountId, SessionId};
use hetu_chain::{Address, ChainId, NetUid};

use crate::RateKey;

/// Names that are unique to this miner, subnet and chain.
#[derive(Clone, Debug)]
pub(super) struct RedisKeys {
    prefix: String,
}

impl RedisKeys {
    pub(super) fn of_miner(chain: ChainId, netuid: NetUid, miner: Address) -> Self {
        Self { prefix: format!("hetu:{chain}:{netuid}:{}", miner.to_lower_hex()) }
    }

    /// Returns the prefix of all names.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the name of the metadata of the used signatures.
    pub(super) fn memory(&self) -> String {
        format!("{}:memory", self.prefix)
    }

    pub(super) fn uses_of(&self, account: &AccountId) -> String {
        format!("{}:used:{account}", self.prefix)
    }

    pub(super) fn rate_of(&self, caller: &RateKey) -> String {
        format!("{}:rate:{caller}", self.prefix)
    }

    pub(super) fn sessions(&self) -> String {
        format!("{}:sessions", self.prefix)
    }

    pub(super) fn sessions_of(&self, account: &AccountId) -> String {
        format!("{}:sessions:{account}", self.prefix)
    }

    /// Returns the prefix of the name of each session.
    pub(super) fn session_prefix(&self) -> String {
        format!("{}:session:", self.prefix)
    }

    pub(super) fn session(&self, id: &SessionId) -> String {
        format!("{}:session:{id}", self.prefix)
    }

    /// Returns the name of the used numbers of all blocks with the parity of `block`.
    pub(super) fn numbers(&self, id: &SessionId, block: u64) -> String {
        format!("{}:session:{id}:{}", self.prefix, block % 2)
    }
}
