//! The names of what is kept in Redis.

use hetu_cambium::{AccountId, SessionId};
use hetu_chain::{Address, ChainId, NetUid};

use crate::RateKey;

/// Names that no other miner, and no other subnet or chain, uses.
#[derive(Clone, Debug)]
pub(super) struct RedisKeys {
    prefix: String,
}

impl RedisKeys {
    pub(super) fn of_miner(chain: ChainId, netuid: NetUid, miner: Address) -> Self {
        Self { prefix: format!("hetu:{chain}:{netuid}:{}", miner.to_lower_hex()) }
    }

    /// What stands before all of them.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What is known of the memory of used signatures itself.
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

    /// What stands before the name of each session.
    pub(super) fn session_prefix(&self) -> String {
        format!("{}:session:", self.prefix)
    }

    pub(super) fn session(&self, id: &SessionId) -> String {
        format!("{}:session:{id}", self.prefix)
    }

    /// The used numbers of all blocks that are as odd or even as `block`.
    pub(super) fn numbers(&self, id: &SessionId, block: u64) -> String {
        format!("{}:session:{id}:{}", self.prefix, block % 2)
    }
}
