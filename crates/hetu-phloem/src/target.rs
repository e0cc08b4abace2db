//! A miner that can be queried.

use hetu_chain::model::Role;
use hetu_chain::{Address, Amount};
use hetu_metastruct::{Endpoint, Member};

/// A miner: the account that must sign its replies, and its endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Target {
    /// The account that is registered on chain. Replies by any other key are refused.
    pub address: Address,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The stake that it has allocated to the subnet.
    pub stake: Amount,
}

impl Target {
    /// Returns a miner from another source than the chain: `address` must sign the replies from
    /// `endpoint`.
    pub const fn new(address: Address, endpoint: Endpoint, stake: Amount) -> Self {
        Self { address, endpoint, stake }
    }

    /// Returns the miner `member`, if it is active and can be reached.
    pub fn of(member: &Member) -> Option<Self> {
        let endpoint = member.endpoint.as_ref().ok()?.clone();
        member.is_active(Role::Miner).then(|| Self {
            address: member.address(),
            endpoint,
            stake: member.dendron.stake,
        })
    }
}
